import { type ClusterView, isOfSystem, nameOf } from "./cluster-view.ts";
import { type Finding, judged, listed, type SecurityPoint } from "./finding.ts";

const LEVEL = "pod-security.kubernetes.io/enforce";

const RESTRICTED: SecurityPoint = {
  point: "5.2.1",
  subject: "namespaces restrict their pods",
  remedy: `kubectl label namespace NAME ${LEVEL}=baseline`,
  isManual: true,
};
const POLICIES: SecurityPoint = {
  point: "5.3.2",
  subject: "namespaces have NetworkPolicies",
  remedy: "create one in each namespace, beginning with one that denies everything",
  isManual: true,
};
const DEFAULT_NAMESPACE: SecurityPoint = {
  point: "5.6.4",
  subject: "nothing is in the namespace default",
  remedy: "create a namespace for what belongs together",
  isManual: true,
};

/** How the operator's namespaces keep what is in them apart. */
export function checkNamespaces(view: ClusterView): readonly Finding[] {
  const { namespaces, networkPolicies, pods, services } = view;
  const own = namespaces.filter((namespace) => !isOfSystem(namespace));
  const open = own.filter(({ metadata }) => (metadata.labels?.[LEVEL] ?? "privileged") === "privileged");
  const withPolicy = new Set(networkPolicies.map(({ metadata }) => metadata.namespace));
  const unguarded = own.filter(({ metadata }) => !withPolicy.has(metadata.name));
  const inDefault = [...pods, ...services].filter(
    ({ metadata: { namespace, name } }) => namespace === "default" && name !== "kubernetes",
  );
  return [
    judged(RESTRICTED, listed("privileged pods are let into", open.map(nameOf))),
    judged(POLICIES, listed("there are none in", unguarded.map(nameOf))),
    judged(DEFAULT_NAMESPACE, listed("there are", inDefault.map(nameOf))),
  ];
}
