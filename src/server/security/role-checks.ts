import type { PolicyRule } from "#api/generated/rbac-v1.ts";
import { type ClusterView, nameOf } from "./cluster-view.ts";
import { type Finding, judged, listed, type SecurityPoint } from "./finding.ts";

type Binding = ClusterView["bindings"][number];
type AnyRole = ClusterView["roles"][number];

/** What a role may be used for, and more than few should be able to do. */
interface Power {
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
}

type PowerCheck = Omit<SecurityPoint, "remedy" | "isManual"> & { readonly powers: readonly Power[] };

const power = (verbs: string, resource: string, group = ""): Power => ({
  verbs: verbs.split(" "),
  group,
  resource,
});
const WEBHOOKS = "admissionregistration.k8s.io";
const WRITE = "create update patch delete";

const POWERS: readonly PowerCheck[] = [
  { point: "5.1.2", subject: "few may read Secrets", powers: [power("get list watch", "secrets")] },
  { point: "5.1.4", subject: "few may create pods", powers: [power("create", "pods")] },
  {
    point: "5.1.8",
    subject: "few may bind, impersonate and escalate",
    powers: [
      ...["roles", "clusterroles"].map((kind) => power("bind escalate", kind, "rbac.authorization.k8s.io")),
      ...["users", "groups", "serviceaccounts"].map((kind) => power("impersonate", kind)),
    ],
  },
  {
    point: "5.1.9",
    subject: "few may create PersistentVolumes",
    powers: [power("create", "persistentvolumes")],
  },
  {
    point: "5.1.10",
    subject: "few may reach kubelets through nodes/proxy",
    powers: [power("get create", "nodes/proxy")],
  },
  {
    point: "5.1.11",
    subject: "few may approve certificates",
    powers: [power("update patch", "certificatesigningrequests/approval", "certificates.k8s.io")],
  },
  {
    point: "5.1.12",
    subject: "few may change webhooks",
    powers: ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"].map((kind) =>
      power(WRITE, kind, WEBHOOKS),
    ),
  },
  {
    point: "5.1.13",
    subject: "few may issue tokens of service accounts",
    powers: [power("create", "serviceaccounts/token")],
  },
];

const CLUSTER_ADMIN: SecurityPoint = {
  point: "5.1.1",
  subject: "few are bound to cluster-admin",
  remedy: "bind them to a role that may less, and kubectl delete the binding",
  isManual: true,
};
const WILDCARDS: SecurityPoint = {
  point: "5.1.3",
  subject: "roles name what they allow",
  remedy: 'name verbs and resources instead of "*"',
  isManual: true,
};
const MASTERS: SecurityPoint = {
  point: "5.1.7",
  subject: "nobody is bound as one of system:masters",
  remedy: "bind a group of your own; the administrator's kubeconfig is of that group and belongs in a safe",
  isManual: true,
};

/** What those may do whom the operator has bound to roles; roles and bindings that every cluster has do not count. */
export function checkRoles({ roles, bindings }: ClusterView): readonly Finding[] {
  const own = bindings.filter(isOwn);
  const wild = roles.filter((role) => isOwn(role) && (role.rules ?? []).some(isWild));
  const masters = own.filter(({ subjects = [] }) => subjects.some(({ name }) => name === "system:masters"));
  const admins = own.filter(({ roleRef }) => roleRef.name === "cluster-admin");
  return [
    judged(CLUSTER_ADMIN, listed("bound by", admins.map(nameOf))),
    judged(WILDCARDS, listed('"*" is in', wild.map(nameOf))),
    judged(MASTERS, listed("bound by", masters.map(nameOf))),
    ...POWERS.map(({ powers, ...point }) => {
      const able = own.filter((binding) =>
        rulesOf(binding, roles).some((rule) => powers.some((each) => grants(rule, each))),
      );
      const remedy = "bind those who do not need it to a role without it";
      return judged({ ...point, remedy, isManual: true }, listed("allowed by", able.map(nameOf)));
    }),
  ];
}

function isOwn({ metadata }: Binding | AnyRole): boolean {
  return metadata.labels?.["kubernetes.io/bootstrapping"] !== "rbac-defaults";
}

function rulesOf({ roleRef, metadata }: Binding, roles: readonly AnyRole[]): readonly PolicyRule[] {
  const namespace = roleRef.kind === "Role" ? metadata.namespace : undefined;
  const role = roles.find(
    (each) => each.metadata.name === roleRef.name && each.metadata.namespace === namespace,
  );
  return role?.rules ?? [];
}

function grants({ apiGroups = [], resources = [], verbs }: PolicyRule, wanted: Power): boolean {
  const [, subresource] = wanted.resource.split("/");
  const names = ["*", wanted.resource, ...(subresource === undefined ? [] : [`*/${subresource}`])];
  return (
    ["*", wanted.group].some((group) => apiGroups.includes(group)) &&
    names.some((name) => resources.includes(name)) &&
    ["*", ...wanted.verbs].some((verb) => verbs.includes(verb))
  );
}

function isWild({ apiGroups = [], resources = [], verbs }: PolicyRule): boolean {
  return [apiGroups, resources, verbs].some((names) => names.includes("*"));
}
