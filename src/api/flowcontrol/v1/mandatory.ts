import type { FlowSchemaSpec, PriorityLevelConfigurationSpec } from "../../generated/flowcontrol-v1.ts";

/** Names of the objects that must exist, and be exactly these, for the server to stay reachable. */
export const EXEMPT = "exempt";
export const CATCH_ALL = "catch-all";

/** Specs that nobody may change (apiserver `pkg/apis/flowcontrol/bootstrap`), by name. */
export const MANDATORY_FLOW_SCHEMAS: ReadonlyMap<string, FlowSchemaSpec> = new Map([
  [
    EXEMPT,
    {
      priorityLevelConfiguration: { name: EXEMPT },
      matchingPrecedence: 1,
      rules: [everythingBy("system:masters")],
    },
  ],
  [
    CATCH_ALL,
    {
      priorityLevelConfiguration: { name: CATCH_ALL },
      matchingPrecedence: 10_000,
      distinguisherMethod: { type: "ByUser" },
      rules: [everythingBy("system:unauthenticated", "system:authenticated")],
    },
  ],
]);

/** Of the exempt level, the part under `exempt` may be changed. */
export const MANDATORY_PRIORITY_LEVELS: ReadonlyMap<string, PriorityLevelConfigurationSpec> = new Map([
  [EXEMPT, { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
  [
    CATCH_ALL,
    {
      type: "Limited",
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: "Reject" } },
    },
  ],
]);

function everythingBy(...groups: readonly string[]): NonNullable<FlowSchemaSpec["rules"]>[number] {
  const all = ["*"];
  return {
    subjects: groups.map((name) => ({ kind: "Group", group: { name } })),
    resourceRules: [{ verbs: all, apiGroups: all, resources: all, namespaces: all, clusterScope: true }],
    nonResourceRules: [{ verbs: all, nonResourceURLs: all }],
  };
}
