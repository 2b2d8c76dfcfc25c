import { describe, expect, test } from "bun:test";
import type { ClusterRole, PolicyRule } from "#api/generated/rbac-v1.ts";
import { describePlan } from "#testing/actions.ts";
import { planAggregatedRole } from "./clusterrole-aggregation.ts";

const rule = (resource: string): PolicyRule => ({ verbs: ["get"], apiGroups: [""], resources: [resource] });

interface Options {
  readonly rules?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly selects?: readonly Readonly<Record<string, string>>[];
}

function aRole(name: string, { rules = [], labels = {}, selects }: Options = {}): ClusterRole {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name, uid: name, labels },
    rules: rules.map(rule),
    ...(selects && {
      aggregationRule: { clusterRoleSelectors: selects.map((matchLabels) => ({ matchLabels })) },
    }),
  };
}

const toView = { view: "true" };
const pods = aRole("b-pods", { rules: ["pods", "shared"], labels: toView });
const maps = aRole("a-maps", { rules: ["configmaps", "shared"], labels: toView });
const secrets = aRole("secrets", { rules: ["secrets"], labels: { edit: "true" } });

describe("planAggregatedRole", () => {
  test("gathers the rules of what it selects, in the order of names, each once", () => {
    const role = aRole("view", { selects: [toView], labels: toView, rules: ["old"] });
    const { actions } = planAggregatedRole({ role, roles: [role, pods, secrets, maps] });
    const object: ClusterRole = { ...role, rules: ["configmaps", "shared", "pods"].map(rule) };
    expect(actions).toEqual([{ type: "update", object }]);
  });

  test("keeps the order of its selectors", () => {
    const role = aRole("all", { selects: [{ edit: "true" }, toView] });
    const [action] = planAggregatedRole({ role, roles: [maps, pods, role, secrets] }).actions;
    expect(action).toMatchObject({
      object: { rules: ["secrets", "configmaps", "shared", "pods"].map(rule) },
    });
    const gathered = action?.type === "update" ? (action.object as ClusterRole) : role;
    expect(planAggregatedRole({ role: gathered, roles: [secrets, pods, gathered, maps] }).actions).toEqual(
      [],
    );
  });

  const cases: { name: string; role: ClusterRole; roles: ClusterRole[]; want: string[] }[] = [
    { name: "leaves other roles alone", role: aRole("own", { rules: ["x"] }), roles: [pods], want: [] },
    {
      name: "takes back what nobody gives any more",
      role: aRole("view", { selects: [toView], rules: ["pods"] }),
      roles: [],
      want: ["update ClusterRole view"],
    },
    {
      name: "takes everything with an empty selector, but for itself",
      role: aRole("all", { selects: [{}], rules: ["pods", "shared"] }),
      roles: [aRole("all", { rules: ["x"] }), pods],
      want: [],
    },
    {
      name: "has no rules without selectors",
      role: aRole("none", { selects: [] }),
      roles: [pods],
      want: [],
    },
  ];
  test.each(cases)("$name", ({ role, roles, want }) => {
    expect(describePlan(planAggregatedRole({ role, roles }))).toEqual(want);
  });
});
