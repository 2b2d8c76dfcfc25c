/** Nobody gives what they do not have (kubernetes `pkg/registry/rbac/{escalation_check.go,.../policybased}`). */
import type { ClusterRole, PolicyRule } from "#api/generated/rbac-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { RequestTarget } from "#apimachinery/request.ts";
import { aggregate, forbidden, notFound, type QualifiedResource } from "#apimachinery/status-error.ts";
import { PRIVILEGED_GROUP, type UserInfo } from "#apimachinery/user.ts";
import type { WriteHooks } from "../../verbs/write-hooks.ts";
import { attributesOf } from "../authorize-request.ts";
import type { Authorizer } from "../authorizer.ts";
import { isHousekeeping } from "../is-housekeeping.ts";
import { type AnyBinding, type AnyRole } from "./binding.ts";
import { compactRules, describeRule, quoteAll } from "./compact-rules.ts";
import { ALL } from "./policy-rules.ts";
import type { RoleIndex } from "./role-index.ts";
import { uncoveredRules } from "./rule-coverage.ts";

export interface EscalationDependencies {
  readonly authorizer: Pick<Authorizer, "authorize">;
  readonly roles: Pick<RoleIndex, "rulesFor" | "rulesOf">;
}

type WriteCheck = Parameters<NonNullable<WriteHooks["authorize"]>>[0];

const RBAC_GROUP = "rbac.authorization.k8s.io";
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: [ALL], apiGroups: [ALL], resources: [ALL] },
  { verbs: [ALL], nonResourceURLs: [ALL] },
];

/** Who writes a role holds its rules in the same place, or may `escalate` it. */
export function roleHooks(dependencies: EscalationDependencies): WriteHooks {
  return {
    authorize: async (write) => {
      const { user, target, previous } = write;
      const next = write.next as AnyRole;
      if (isPrivileged(user) || (await isAllowed(dependencies, user, { ...target, verb: "escalate" })))
        return;
      if (previous !== undefined && isHousekeeping(next, previous)) return;
      requireHeld(dependencies, write, next.rules ?? []);
      if (!isAggregated(next) && !isAggregated(previous)) return;
      // It gathers whatever there will be.
      if (missingRules(dependencies, write, EVERYTHING).length === 0) return;
      throw refusal(write, "must have cluster-admin privileges to use the aggregationRule");
    },
  };
}

/** Who binds a role holds its rules in the place of the binding, or may `bind` it there. */
export function bindingHooks(dependencies: EscalationDependencies): WriteHooks {
  return {
    authorize: async (write) => {
      const { user, target, previous } = write;
      const next = write.next as AnyBinding;
      if (isPrivileged(user)) return;
      if (previous !== undefined && isHousekeeping(next, previous)) return;
      if (await mayBind(dependencies, user, next, target.namespace)) return;
      const placed = { ...next, metadata: { ...next.metadata, namespace: target.namespace ?? "" } };
      const rules = dependencies.roles.rulesOf(placed);
      const { kind, name } = next.roleRef;
      if (rules === undefined) throw notFound({ group: RBAC_GROUP, resource: kind.toLowerCase() }, name);
      requireHeld(dependencies, write, rules);
    },
  };
}

function isPrivileged({ groups }: UserInfo): boolean {
  return groups.includes(PRIVILEGED_GROUP);
}

function mayBind(
  dependencies: EscalationDependencies,
  user: UserInfo,
  { roleRef }: AnyBinding,
  namespace: string | undefined,
): Promise<boolean> | boolean {
  const resource = { ClusterRole: "clusterroles", Role: "roles" }[roleRef.kind];
  if (resource === undefined) return false;
  return isAllowed(dependencies, user, {
    verb: "bind",
    group: roleRef.apiGroup,
    version: ALL,
    resource,
    name: roleRef.name,
    ...(namespace !== undefined && { namespace }),
  });
}

async function isAllowed(
  { authorizer }: EscalationDependencies,
  user: UserInfo,
  { verb, ...target }: RequestTarget & { readonly verb: string },
): Promise<boolean> {
  const { outcome } = await authorizer.authorize({ ...attributesOf(user, target, verb), version: ALL });
  return outcome === "allow";
}

function isAggregated(role: KubeObject | undefined): boolean {
  return ((role as ClusterRole | undefined)?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function missingRules(
  { roles }: EscalationDependencies,
  { user, target: { namespace = "" } }: WriteCheck,
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return uncoveredRules(roles.rulesFor(user, namespace).rules, wanted);
}

function requireHeld(
  dependencies: EscalationDependencies,
  write: WriteCheck,
  wanted: readonly PolicyRule[],
): void {
  const missing = missingRules(dependencies, write, wanted);
  if (missing.length === 0) return;
  const { user, target } = write;
  const described = new Set(compactRules(missing).map(describeRule));
  const { errors } = dependencies.roles.rulesFor(user, target.namespace ?? "");
  const problems = errors.length === 0 ? "" : `; resolution errors: [${aggregate(errors)}]`;
  throw refusal(
    write,
    `user "${user.name}" (groups=${quoteAll(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${[...described].toSorted().join("\n")}${problems}`,
  );
}

function refusal({ target: { group, resource }, next }: WriteCheck, why: string): Error {
  const qualified: QualifiedResource = { group, resource };
  return forbidden(qualified, next.metadata.name, why);
}
