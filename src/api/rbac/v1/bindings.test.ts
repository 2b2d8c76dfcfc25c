import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { ClusterRoleBinding, RoleBinding, Subject } from "../../generated/rbac-v1.ts";
import { clusterRoleBinding } from "./clusterrolebinding.ts";
import { roleBinding } from "./rolebinding.ts";

const RBAC = "rbac.authorization.k8s.io";

function aRoleBinding(
  subjects: readonly Subject[],
  roleRef: Partial<RoleBinding["roleRef"]> = {},
): RoleBinding {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "readers", namespace: "default", uid: "u", creationTimestamp: "1970-01-01T00:00:00Z" },
    roleRef: { apiGroup: RBAC, kind: "Role", name: "reader", ...roleRef },
    subjects,
  };
}

function aClusterRoleBinding(
  subjects: readonly Subject[],
  roleRef: Partial<RoleBinding["roleRef"]> = {},
): ClusterRoleBinding {
  return {
    ...aRoleBinding(subjects, { kind: "ClusterRole", ...roleRef }),
    kind: "ClusterRoleBinding",
  };
}

const users: readonly Subject[] = [
  { apiGroup: RBAC, kind: "User", name: "jane" },
  { apiGroup: RBAC, kind: "Group", name: "ops" },
  { kind: "ServiceAccount", name: "builder", namespace: "ci" },
  { kind: "ServiceAccount", name: "builder" },
];

describe("roleBinding.validate", () => {
  const cases: { name: string; binding: RoleBinding; want: string[] }[] = [
    { name: "users, groups and service accounts", binding: aRoleBinding(users), want: [] },
    {
      name: "a role of another group and kind",
      binding: aRoleBinding([], { apiGroup: "x", kind: "Pod", name: "" }),
      want: [
        'roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
        'roleRef.kind: Unsupported value: "Pod": supported values: "Role", "ClusterRole"',
        "roleRef.name: Required value",
      ],
    },
    {
      name: "a role name that is no path segment",
      binding: aRoleBinding([], { name: ".." }),
      want: [`roleRef.name: Invalid value: "..": may not be '..'`],
    },
    {
      name: "subjects without name, group and known kind",
      binding: aRoleBinding([
        { kind: "User", name: "" },
        { kind: "ServiceAccount", name: "A", apiGroup: "x" },
        { kind: "Robot", name: "r2" },
      ]),
      want: [
        "subjects[0].name: Required value",
        'subjects[0].apiGroup: Unsupported value: "": supported values: "rbac.authorization.k8s.io"',
        `subjects[1].name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
        'subjects[1].apiGroup: Unsupported value: "x": supported values: ""',
        'subjects[2].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ binding, want }) => {
    expect(errorTexts(roleBinding.validate?.(binding))).toEqual(want);
  });

  test("keeps the role of a binding", () => {
    const previous = aRoleBinding([]);
    expect(roleBinding.validateUpdate?.(aRoleBinding(users), previous)).toEqual([]);
    expect(errorTexts(roleBinding.validateUpdate?.(aRoleBinding([], { name: "admin" }), previous))).toEqual([
      'roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"admin"}: cannot change roleRef',
    ]);
  });
});

describe("clusterRoleBinding.validate", () => {
  test("needs a ClusterRole and the namespace of service accounts", () => {
    expect(clusterRoleBinding.validate?.(aClusterRoleBinding(users.slice(0, 3)))).toEqual([]);
    const binding = aClusterRoleBinding(users.slice(3), { kind: "Role" });
    expect(errorTexts(clusterRoleBinding.validate?.(binding))).toEqual([
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "subjects[0].namespace: Required value",
    ]);
  });
});

describe("setBindingDefaults", () => {
  test("fills the group of the role, of users and of groups", () => {
    const bare = aRoleBinding(
      users.map(({ kind, name }) => ({ kind, name })),
      { apiGroup: "" },
    );
    const defaulted = roleBinding.setDefaults?.(bare);
    expect(defaulted?.roleRef.apiGroup).toBe(RBAC);
    expect(defaulted?.subjects?.map(({ apiGroup }) => apiGroup)).toEqual([RBAC, RBAC, undefined, undefined]);
  });
});

test("the table names the role, and in wide form the subjects by kind", () => {
  expect(rowOf(roleBinding, aRoleBinding(users), 90_000)).toEqual({
    Name: "readers",
    Role: "Role/reader",
    Age: "90s",
    Users: "jane",
    Groups: "ops",
    ServiceAccounts: "ci/builder, /builder",
  });
});
