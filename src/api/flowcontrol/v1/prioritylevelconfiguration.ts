import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import type {
  LimitedPriorityLevelConfiguration,
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
    setDefaults: (object) => ({ ...object, spec: setSpecDefaults(object.spec) }),
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
  return {
    ...spec,
    ...(spec.exempt && { exempt: { nominalConcurrencyShares: 0, lendablePercent: 0, ...spec.exempt } }),
    ...(spec.limited && { limited: setLimitedDefaults(spec.limited) }),
  };
}

function setLimitedDefaults(limited: LimitedPriorityLevelConfiguration): LimitedPriorityLevelConfiguration {
  const { limitResponse } = limited;
  return {
    nominalConcurrencyShares: 30,
    lendablePercent: 0,
    ...limited,
    ...(limitResponse?.queuing && {
      limitResponse: { ...limitResponse, queuing: setQueuingDefaults(limitResponse.queuing) },
    }),
  };
}

function setQueuingDefaults({
  handSize,
  queues,
  queueLengthLimit,
}: QueuingConfiguration): QueuingConfiguration {
  return { handSize: handSize || 8, queues: queues || 64, queueLengthLimit: queueLengthLimit || 50 };
}
