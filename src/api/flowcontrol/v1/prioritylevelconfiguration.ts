import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillAbsent, fillZero, mapField } from "../../defaulting.ts";
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../generated/flowcontrol-v1.ts";
import { type Column, defineKind } from "../../kind.ts";
import { validateConditionTypes } from "./conditions.ts";
import { validatePriorityLevel } from "./prioritylevelconfiguration.validation.ts";

const NO_VALUE = "<none>";

export const priorityLevelConfiguration = defineKind<PriorityLevelConfiguration>(
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "PriorityLevelConfiguration" },
  {
    columns: [
      nameColumn,
      textColumn("Type", ({ spec }) => spec.type),
      {
        name: "NominalConcurrencyShares",
        type: "string",
        value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? NO_VALUE,
      },
      queuingColumn("Queues", ({ queues }) => queues),
      queuingColumn("HandSize", ({ handSize }) => handSize),
      queuingColumn("QueueLengthLimit", ({ queueLengthLimit }) => queueLengthLimit),
      ageColumn,
    ],
    setDefaults: (object) => mapField(object, "spec", setSpecDefaults),
    validate: validatePriorityLevel,
    validateUpdate: validatePriorityLevel,
    validateStatusUpdate: ({ status }) => validateConditionTypes(status, "status"),
  },
);

function queuingColumn(
  name: string,
  value: (queuing: QueuingConfiguration) => number,
): Column<PriorityLevelConfiguration> {
  return {
    name,
    type: "string",
    value: ({ spec }) => {
      const queuing = spec.limited?.limitResponse?.queuing;
      return queuing === undefined ? NO_VALUE : value(queuing);
    },
  };
}

function setSpecDefaults(spec: PriorityLevelConfigurationSpec): PriorityLevelConfigurationSpec {
  const exempt = mapField(spec, "exempt", (each) =>
    fillAbsent(each, { nominalConcurrencyShares: 0, lendablePercent: 0 }),
  );
  return mapField(exempt, "limited", (limited) =>
    mapField(
      fillAbsent(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 }),
      "limitResponse",
      (response) =>
        mapField(response, "queuing", (queuing) =>
          fillZero(queuing, { handSize: 8, queues: 64, queueLengthLimit: 50 }),
        ),
    ),
  );
}
