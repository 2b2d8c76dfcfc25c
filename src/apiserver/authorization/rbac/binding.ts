import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from "#api/generated/rbac-v1.ts";
import { quote } from "#apimachinery/go-text.ts";
import { serviceAccountUserName } from "#apimachinery/user.ts";

export type AnyRole = Role | ClusterRole;
export type AnyBinding = RoleBinding | ClusterRoleBinding;

/** A user or group that a binding is for. Service accounts are users. */
export interface Grantee {
  readonly type: "user" | "group";
  readonly name: string;
  readonly subject: Subject;
}

/** Where a binding applies: its namespace, or everywhere when that is empty. */
export function scopeOf({ kind, metadata }: AnyBinding): string {
  return kind === "RoleBinding" ? (metadata.namespace ?? "") : "";
}

/** Tells a role from all others; the role need not exist. Undefined for a reference to something else. */
export function roleKeyOf(binding: AnyBinding): string | undefined {
  const { kind, name } = binding.roleRef;
  if (kind === "ClusterRole") return keyOfRole("", name);
  return kind === "Role" && binding.kind === "RoleBinding" ? keyOfRole(scopeOf(binding), name) : undefined;
}

/** `namespace` is empty for a ClusterRole. */
export function keyOfRole(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Whom a binding is for, each once: the first subject that names somebody counts. */
export function granteesOf(binding: AnyBinding): readonly Grantee[] {
  const grantees = new Map<string, Grantee>();
  for (const subject of binding.subjects ?? []) {
    const grantee = granteeOf(subject, scopeOf(binding));
    if (grantee === undefined) continue;
    const key = `${grantee.type}:${grantee.name}`;
    if (!grantees.has(key)) grantees.set(key, grantee);
  }
  return [...grantees.values()];
}

function granteeOf(subject: Subject, scope: string): Grantee | undefined {
  const { kind, name } = subject;
  if (kind === "User") return { type: "user", name, subject };
  if (kind === "Group") return { type: "group", name, subject };
  const namespace = namespaceOf(subject, scope);
  if (kind !== "ServiceAccount" || namespace === "") return undefined;
  return { type: "user", name: serviceAccountUserName(namespace, name), subject };
}

/** `RoleBinding "readers/default" of Role "reader" to User "jane"`: upstream puts the name before the namespace. */
export function describeGrant(binding: AnyBinding, subject: Subject): string {
  const { kind, metadata, roleRef } = binding;
  const name = kind === "RoleBinding" ? `${metadata.name}/${scopeOf(binding)}` : metadata.name;
  return `${kind} ${quote(name)} of ${roleRef.kind} ${quote(roleRef.name)} to ${describeSubject(subject, scopeOf(binding))}`;
}

function describeSubject(subject: Subject, scope: string): string {
  const { kind, name } = subject;
  const who = kind === "ServiceAccount" ? `${name}/${namespaceOf(subject, scope)}` : name;
  return `${kind} ${quote(who)}`;
}

/** A subject that does not say is in the namespace of its binding. */
function namespaceOf({ namespace = "" }: Subject, scope: string): string {
  return namespace === "" ? scope : namespace;
}

/** Why a binding gives nothing (client-go listers of RBAC). */
export function missingRole({ roleRef: { kind, name } }: AnyBinding): string {
  const isRole = kind === "Role" || kind === "ClusterRole";
  return isRole
    ? `${kind.toLowerCase()}.rbac.authorization.k8s.io ${quote(name)} not found`
    : `unsupported role reference kind: ${quote(kind)}`;
}
