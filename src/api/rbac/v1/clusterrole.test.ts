import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { ClusterRole } from "../../generated/rbac-v1.ts";
import { clusterRole } from "./clusterrole.ts";

function aClusterRole(fields: Pick<ClusterRole, "rules"> & Partial<ClusterRole>): ClusterRole {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "monitor", uid: "u" },
    ...fields,
  };
}

describe("clusterRole.validate", () => {
  const cases: { name: string; role: ClusterRole; want: string[] }[] = [
    {
      name: "a URL",
      role: aClusterRole({ rules: [{ verbs: ["get"], nonResourceURLs: ["/metrics"] }] }),
      want: [],
    },
    {
      name: "an aggregation without selectors",
      role: aClusterRole({ rules: [], aggregationRule: {} }),
      want: [
        "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
      ],
    },
    {
      name: "an aggregation with a bad selector",
      role: aClusterRole({
        rules: [],
        aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: "a", operator: "In" }] }] },
      }),
      want: [
        "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.",
      ],
    },
  ];

  test.each(cases)("judges $name", ({ role, want }) => {
    expect(errorTexts(clusterRole.validate?.(role))).toEqual(want);
    expect(errorTexts(clusterRole.validateUpdate?.(role, aClusterRole({ rules: [] })))).toEqual(want);
  });
});
