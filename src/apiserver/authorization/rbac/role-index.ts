import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import {
  type AnyBinding,
  type AnyRole,
  describeGrant,
  type Grantee,
  granteesOf,
  keyOfRole,
  missingRole,
  roleKeyOf,
  scopeOf,
} from "./binding.ts";
import { PermissionTable } from "./permission-table.ts";

/** What one user or group may do in one namespace, or everywhere, as far as bindings there say. */
interface Permissions {
  readonly table: PermissionTable;
  /** About bindings whose roles cannot be found. */
  readonly errors: readonly string[];
}

/** The bindings of one user or group in one scope. */
class GranteeScope {
  readonly grants = new Map<string, Grant>();
  /** Made when it is first asked for, until a binding or one of its roles changes. */
  permissions: Permissions | undefined;
}

interface Grant {
  readonly binding: AnyBinding;
  readonly grantee: Grantee;
}

type ScopesByName = Map<string, Map<string, GranteeScope>>;

export interface ResolvedRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

/** All roles and bindings, found by whom they are for. It is fed with every change of them. */
export class RoleIndex {
  readonly #rules = new Map<string, readonly PolicyRule[]>();
  readonly #bindings = new Map<string, AnyBinding>();
  /** Keys of bindings, by the role that they refer to. */
  readonly #referrers = new Map<string, Set<string>>();
  /** By name and scope. */
  readonly #grantees: Readonly<Record<Grantee["type"], ScopesByName>> = {
    user: new Map(),
    group: new Map(),
  };

  putRole(role: AnyRole): void {
    const key = keyOfRole(role.metadata.namespace ?? "", role.metadata.name);
    this.#rules.set(key, role.rules ?? []);
    this.#forgetReferrers(key);
  }

  removeRole({ metadata }: AnyRole): void {
    const key = keyOfRole(metadata.namespace ?? "", metadata.name);
    this.#rules.delete(key);
    this.#forgetReferrers(key);
  }

  putBinding(binding: AnyBinding): void {
    this.removeBinding(binding);
    const key = bindingKeyOf(binding);
    this.#bindings.set(key, binding);
    const role = roleKeyOf(binding);
    if (role !== undefined) entryOf(this.#referrers, role, () => new Set<string>()).add(key);
    for (const grantee of granteesOf(binding)) {
      const scopes = entryOf(
        this.#grantees[grantee.type],
        grantee.name,
        () => new Map<string, GranteeScope>(),
      );
      const scope = entryOf(scopes, scopeOf(binding), () => new GranteeScope());
      scope.grants.set(key, { binding, grantee });
      scope.permissions = undefined;
    }
  }

  /** Removes the binding of this name, whatever it was when it was put. */
  removeBinding(binding: AnyBinding): void {
    const key = bindingKeyOf(binding);
    const present = this.#bindings.get(key);
    if (present === undefined) return;
    this.#bindings.delete(key);
    const role = roleKeyOf(present);
    if (role !== undefined) removeFrom(this.#referrers, role, key);
    for (const { type, name } of granteesOf(present)) this.#removeGrant(this.#grantees[type], name, present);
  }

  /** What is known about the user's names in a namespace: everywhere first, then there. */
  *permissionsOf({ name, groups }: UserInfo, namespace: string): Generator<Permissions, void, void> {
    for (const scope of namespace === "" ? [""] : ["", namespace]) {
      const own = this.#permissions(this.#grantees.user.get(name)?.get(scope));
      if (own !== undefined) yield own;
      for (const group of groups) {
        const shared = this.#permissions(this.#grantees.group.get(group)?.get(scope));
        if (shared !== undefined) yield shared;
      }
    }
  }

  /** Every rule that applies to the user in the namespace, in the order of the bindings' names. */
  rulesFor({ name, groups }: UserInfo, namespace: string): ResolvedRules {
    const bindings = new Map<string, AnyBinding>();
    for (const scope of namespace === "" ? [""] : ["", namespace]) {
      const found = [
        this.#grantees.user.get(name)?.get(scope),
        ...groups.map((group) => this.#grantees.group.get(group)?.get(scope)),
      ].flatMap((each) => [...(each?.grants ?? [])]);
      for (const [key, { binding }] of found.toSorted(byKey)) bindings.set(key, binding);
    }
    const rules: PolicyRule[] = [];
    const errors: string[] = [];
    for (const binding of bindings.values()) {
      const found = this.rulesOf(binding);
      if (found === undefined) errors.push(missingRole(binding));
      else rules.push(...found);
    }
    return { rules, errors };
  }

  /** The rules of the role that a binding refers to; undefined when there is no such role. */
  rulesOf(binding: AnyBinding): readonly PolicyRule[] | undefined {
    const key = roleKeyOf(binding);
    return key === undefined ? undefined : this.#rules.get(key);
  }

  #permissions(scope: GranteeScope | undefined): Permissions | undefined {
    if (scope === undefined) return undefined;
    scope.permissions ??= this.#compile([...scope.grants].toSorted(byKey).map(([, grant]) => grant));
    return scope.permissions;
  }

  #compile(grants: readonly Grant[]): Permissions {
    const table = new PermissionTable();
    const errors: string[] = [];
    for (const { binding, grantee } of grants) {
      const rules = this.rulesOf(binding);
      if (rules === undefined) errors.push(missingRole(binding));
      else if (rules.length > 0) {
        const source = describeGrant(binding, grantee.subject);
        for (const rule of rules) table.add(rule, source);
      }
    }
    return { table, errors };
  }

  #forgetReferrers(role: string): void {
    for (const key of this.#referrers.get(role) ?? []) {
      const binding = this.#bindings.get(key);
      if (binding === undefined) continue;
      for (const { type, name } of granteesOf(binding)) {
        const scope = this.#grantees[type].get(name)?.get(scopeOf(binding));
        if (scope !== undefined) scope.permissions = undefined;
      }
    }
  }

  #removeGrant(grantees: ScopesByName, name: string, binding: AnyBinding): void {
    const scopes = grantees.get(name);
    const scope = scopes?.get(scopeOf(binding));
    if (scopes === undefined || scope === undefined) return;
    scope.grants.delete(bindingKeyOf(binding));
    scope.permissions = undefined;
    if (scope.grants.size === 0) scopes.delete(scopeOf(binding));
    if (scopes.size === 0) grantees.delete(name);
  }
}

function bindingKeyOf(binding: AnyBinding): string {
  return `${scopeOf(binding)}/${binding.metadata.name}`;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function entryOf<V>(map: Map<string, V>, key: string, create: () => V): V {
  const present = map.get(key);
  if (present !== undefined) return present;
  const created = create();
  map.set(key, created);
  return created;
}

function removeFrom(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
