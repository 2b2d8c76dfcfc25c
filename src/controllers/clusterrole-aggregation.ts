import type { ClusterRole, PolicyRule } from "#api/generated/rbac-v1.ts";
import { semanticallyEqual } from "#api/validation/equality.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";

export interface AggregatedRoleView {
  readonly role: ClusterRole;
  /** All roles there are. */
  readonly roles: readonly ClusterRole[];
}

/** Gives roles with an aggregation rule the rules of the roles that it selects. */
export const clusterRoleAggregationController = defineController<AggregatedRoleView>({
  name: "clusterrole-aggregation",
  primary: "ClusterRole",
  watches: [
    {
      kind: "ClusterRole",
      // Roles may be part of others that are part of others.
      wakes: (_role, caches) =>
        caches
          .list("ClusterRole")
          .filter(isAggregated)
          .map(({ metadata }) => ({ namespace: "", name: metadata.name })),
    },
  ],
  writes: ["ClusterRole"],
  observe: ({ name }, caches) => {
    const role = caches.get("ClusterRole", "", name);
    return role && { role, roles: caches.list("ClusterRole") };
  },
  plan: planAggregatedRole,
});

export function planAggregatedRole({ role, roles }: AggregatedRoleView): Plan {
  if (!isAggregated(role)) return { actions: [] };
  const rules = gatherRules(role, roles);
  if (semanticallyEqual(rules, role.rules)) return { actions: [] };
  const object: ClusterRole = { ...role, rules };
  return { actions: [{ type: "update", object }] };
}

/** Selector by selector, the roles of each in the order of their names, every rule once. */
function gatherRules(
  { metadata, aggregationRule }: ClusterRole,
  roles: readonly ClusterRole[],
): readonly PolicyRule[] {
  const others = roles
    .filter((other) => other.metadata.name !== metadata.name)
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const rules = (aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) => {
    const { matches } = compileLabelSelector(selector);
    return others
      .filter((other) => matches(other.metadata.labels ?? {}))
      .flatMap((other) => other.rules ?? []);
  });
  const distinct: PolicyRule[] = [];
  for (const rule of rules) if (!distinct.some((each) => semanticallyEqual(each, rule))) distinct.push(rule);
  return distinct;
}

function isAggregated({ aggregationRule }: ClusterRole): boolean {
  return aggregationRule !== undefined;
}
