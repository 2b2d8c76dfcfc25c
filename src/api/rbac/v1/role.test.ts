import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { PolicyRule, Role } from "../../generated/rbac-v1.ts";
import { role } from "./role.ts";

function aRole(rules: readonly PolicyRule[] | null): Role {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "reader", namespace: "default", uid: "u" },
    rules: rules as readonly PolicyRule[],
  };
}

describe("role.validate", () => {
  const cases: { name: string; rules: readonly PolicyRule[] | null; want: string[] }[] = [
    { name: "a rule", rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }], want: [] },
    { name: "no rules", rules: null, want: [] },
    {
      name: "an empty rule",
      rules: [{ verbs: [] }],
      want: [
        "rules[0].verbs: Required value: verbs must contain at least one value",
        "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
        "rules[0].resources: Required value: resource rules must supply at least one resource",
      ],
    },
    {
      name: "a URL in a namespace",
      rules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"], resources: ["pods"] }],
      want: [
        'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
        'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: rules cannot apply to both regular resources and non-resource URLs',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ rules, want }) => {
    expect(errorTexts(role.validate?.(aRole(rules)))).toEqual(want);
    expect(errorTexts(role.validateUpdate?.(aRole(rules), aRole([])))).toEqual(want);
  });
});

test("role names may have characters that no label has, but no path separator", () => {
  expect(role.validateName?.("system:controller:Ä", false)).toEqual([]);
  expect(role.validateName?.("a/b%", false)).toEqual(["may not contain '/'", "may not contain '%'"]);
});
