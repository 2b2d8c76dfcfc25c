import { describe, expect, test } from "bun:test";
import type { ClusterRole, ClusterRoleBinding } from "#api/generated/rbac-v1.ts";
import { allow, group, toClusterRole, toClusterRoleBinding, urls, user } from "./declarations.ts";
import { type PolicyAction, planBinding, planRole } from "./plan-policy.ts";

const rules = [allow("get list", "core", "pods"), urls("get", "/metrics")];
const wanted = toClusterRole({ name: "reader", rules });
const aggregated = toClusterRole({ name: "view", rules: [], aggregates: "view" });

function stored<T extends { metadata: object }>(object: T): T & { metadata: { name: string; uid: string } } {
  return { ...object, metadata: { name: "", uid: "uid", ...object.metadata } };
}

function describeAction(action: PolicyAction<ClusterRole | ClusterRoleBinding> | undefined): string {
  return action === undefined ? "nothing" : action.type;
}

describe("planRole", () => {
  const role: ClusterRole = stored(wanted);
  const cases: { name: string; present: ClusterRole | undefined; want: string }[] = [
    { name: "creates what is missing", present: undefined, want: "create" },
    { name: "leaves what is there", present: role, want: "nothing" },
    {
      name: "leaves what somebody has added",
      present: { ...role, rules: [...rules, allow("*", "apps", "*")] },
      want: "nothing",
    },
    {
      name: "leaves what says the same in other words",
      present: { ...role, rules: [allow("*", "*", "*"), urls("*", "*")] },
      want: "nothing",
    },
    { name: "completes rules", present: { ...role, rules: [allow("get", "core", "pods")] }, want: "update" },
    {
      name: "completes labels",
      present: { ...role, metadata: { ...role.metadata, labels: { a: "b" } } },
      want: "update",
    },
    {
      name: "leaves what is protected",
      present: {
        ...role,
        rules: [],
        metadata: {
          ...role.metadata,
          annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" },
        },
      },
      want: "nothing",
    },
    {
      name: "takes the aggregation from a role that has rules of its own",
      present: { ...role, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
      want: "update",
    },
  ];
  test.each(cases)("$name", ({ present, want }) => {
    expect(describeAction(planRole(wanted, present))).toBe(want);
  });

  test("adds only what is missing", () => {
    const labels = { a: "b", "kubernetes.io/bootstrapping": "own" };
    const present = {
      ...role,
      rules: [allow("get delete", "core", "pods")],
      metadata: { ...role.metadata, labels },
    };
    expect(planRole(wanted, present)).toEqual({
      type: "update",
      object: {
        ...present,
        rules: [
          allow("get delete", "core", "pods"),
          allow("list", "core", "pods"),
          { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ],
      },
    });
  });

  test("keeps the rules that an aggregated role has gathered, and other selectors", () => {
    const other = { matchLabels: { a: "b" } };
    const gathered = { ...stored(aggregated), rules };
    expect(planRole(aggregated, gathered)).toBeUndefined();
    const action = planRole(aggregated, { ...gathered, aggregationRule: { clusterRoleSelectors: [other] } });
    expect(action).toMatchObject({
      type: "update",
      object: {
        rules,
        aggregationRule: {
          clusterRoleSelectors: [other, ...(aggregated.aggregationRule?.clusterRoleSelectors ?? [])],
        },
      },
    });
  });

  test("is at rest after its own update", () => {
    const action = planRole(wanted, { ...role, rules: [], metadata: { name: "reader", uid: "uid" } });
    expect(action?.type).toBe("update");
    expect(planRole(wanted, action?.object as ClusterRole)).toBeUndefined();
  });
});

describe("planBinding", () => {
  const bound = toClusterRoleBinding({
    name: "readers",
    role: "reader",
    subjects: [user("jane"), group("ops")],
  });
  const binding: ClusterRoleBinding = stored(bound);

  test("creates, leaves, completes and replaces", () => {
    expect(planBinding(bound, undefined)).toEqual({ type: "create", object: bound });
    expect(planBinding(bound, binding)).toBeUndefined();
    expect(planBinding(bound, { ...binding, subjects: [group("dev"), group("ops")] })).toEqual({
      type: "update",
      object: { ...binding, subjects: [group("dev"), group("ops"), user("jane")] },
    });
    const other = { ...binding, roleRef: { ...binding.roleRef, name: "writer" } };
    expect(planBinding(bound, other)).toEqual({ type: "replace", present: other, object: bound });
  });

  test("leaves what is protected", () => {
    const annotations = { "rbac.authorization.kubernetes.io/autoupdate": "false" };
    const emptied = { ...binding, subjects: [], metadata: { ...binding.metadata, annotations } };
    expect(planBinding(bound, emptied)).toBeUndefined();
  });
});
