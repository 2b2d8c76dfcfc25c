import { ageColumn, nameColumn, textColumn } from "../../columns.ts";
import { fillZero, mapField } from "../../defaulting.ts";
import type { FlowSchema } from "../../generated/flowcontrol-v1.ts";
import { defineKind } from "../../kind.ts";
import { validateConditionTypes } from "./conditions.ts";
import { validateFlowSchema } from "./flowschema.validation.ts";

const DEFAULT_MATCHING_PRECEDENCE = 1000;

export const flowSchema = defineKind<FlowSchema>(
  { apiVersion: "flowcontrol.apiserver.k8s.io/v1", kind: "FlowSchema" },
  {
    columns: [
      nameColumn,
      textColumn("PriorityLevel", ({ spec }) => spec.priorityLevelConfiguration.name),
      { name: "MatchingPrecedence", type: "string", value: ({ spec }) => spec.matchingPrecedence },
      textColumn("DistinguisherMethod", ({ spec }) => spec.distinguisherMethod?.type ?? "<none>"),
      ageColumn,
      textColumn("MissingPL", ({ status }) => dangling(status) ?? "?"),
    ],
    compareRows: byPrecedence,
    setDefaults: (object) =>
      mapField(object, "spec", (spec) => fillZero(spec, { matchingPrecedence: DEFAULT_MATCHING_PRECEDENCE })),
    validate: validateFlowSchema,
    validateUpdate: validateFlowSchema,
    validateStatusUpdate: ({ status }) => validateConditionTypes(status, "status"),
  },
);

/** The order in which requests are matched. */
function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0);
  return difference || (a.metadata.name < b.metadata.name ? -1 : 1);
}

/** Whether the priority level of the schema is missing, as its controller has found. */
function dangling(status: FlowSchema["status"]): string | undefined {
  return status?.conditions?.find(({ type }) => type === "Dangling")?.status;
}
