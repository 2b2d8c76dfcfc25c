/** A short way to write roles and bindings down, and what is stored of them. */
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "#api/generated/rbac-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";
const API_VERSION = "rbac.authorization.k8s.io/v1";

/** Verbs to read objects, and to write them. */
export const READ = "get list watch";
export const WRITE = "create delete deletecollection patch update";

/** Roles whose rules are gathered from other roles. */
type Aggregate = "admin" | "edit" | "view";

export interface RoleDeclaration {
  readonly name: string;
  /** Absent for a ClusterRole. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
  /** The role gets the rules of all roles that are to be part of this. */
  readonly aggregates?: Aggregate;
  /** The role is part of this one. */
  readonly aggregateTo?: Aggregate;
}

export interface BindingDeclaration {
  readonly name: string;
  /** Absent for a ClusterRoleBinding. */
  readonly namespace?: string;
  /** Default: the role that has the binding's name. It is in the same namespace, or a ClusterRole for want of one. */
  readonly role?: string;
  readonly subjects: readonly Subject[];
}

/** Lists of words; the group `core` is the one without a name. Without `names` the rule is about all objects. */
export function allow(
  verbs: string,
  groups: string,
  resources: string,
  ...names: readonly string[]
): PolicyRule {
  return {
    apiGroups: words(groups).map((group) => (group === "core" ? "" : group)),
    resources: words(resources),
    ...(names.length > 0 && { resourceNames: names }),
    verbs: words(verbs),
  };
}

export function urls(verbs: string, paths: string): PolicyRule {
  return { nonResourceURLs: words(paths), verbs: words(verbs) };
}

/** What everybody needs who tells what happens. */
export const RECORD_EVENTS = allow("create patch update", "core events.k8s.io", "events");

export function user(name: string): Subject {
  return { apiGroup: RBAC_GROUP, kind: "User", name };
}

export function group(name: string): Subject {
  return { apiGroup: RBAC_GROUP, kind: "Group", name };
}

/** A service account of the cluster itself. */
export function account(name: string): Subject {
  return { kind: "ServiceAccount", name, namespace: "kube-system" };
}

export function toClusterRole(declaration: RoleDeclaration): NewObject<ClusterRole> {
  const { name, rules, aggregates, aggregateTo } = declaration;
  const metadata = metadataOf(name);
  const labels = { ...metadata.labels, ...(aggregateTo !== undefined && labelOf(aggregateTo)) };
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRole",
    metadata: { ...metadata, labels },
    rules,
    ...(aggregates !== undefined && {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labelOf(aggregates) }] },
    }),
  };
}

export function toRole({ name, namespace = "", rules }: RoleDeclaration): NewObject<Role> {
  return {
    apiVersion: API_VERSION,
    kind: "Role",
    metadata: { ...metadataOf(name), namespace },
    rules,
  };
}

export function toClusterRoleBinding(declaration: BindingDeclaration): NewObject<ClusterRoleBinding> {
  const { name, role = name, subjects } = declaration;
  return {
    apiVersion: API_VERSION,
    kind: "ClusterRoleBinding",
    metadata: metadataOf(name),
    roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: role },
    ...(subjects.length > 0 && { subjects }),
  };
}

export function toRoleBinding(declaration: BindingDeclaration): NewObject<RoleBinding> {
  const { name, namespace = "", role = name, subjects } = declaration;
  return {
    apiVersion: API_VERSION,
    kind: "RoleBinding",
    metadata: { ...metadataOf(name), namespace },
    roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: role },
    ...(subjects.length > 0 && { subjects }),
  };
}

function metadataOf(name: string) {
  return {
    name,
    labels: { "kubernetes.io/bootstrapping": "rbac-defaults" },
    annotations: { "rbac.authorization.kubernetes.io/autoupdate": "true" },
  };
}

function labelOf(aggregate: Aggregate): Readonly<Record<string, string>> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${aggregate}`]: "true" };
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
