/** Labels in Kubernetes' own namespaces that a node may give itself (kubelet `pkg/apis/well_known_labels.go`). */
export const KUBELET_LABELS: readonly string[] = [
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
];
/** Namespaces of labels that are up to nodes. */
export const KUBELET_NAMESPACES: readonly string[] = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const KUBERNETES_NAMESPACES: readonly string[] = ["kubernetes.io", "k8s.io"];
/** Labels that administrators count on to tell nodes apart that could be taken over. */
const RESTRICTED_NAMESPACE = "node-restriction.kubernetes.io";

/** Whether a node may give itself a label with this key (admission plugin NodeRestriction). */
export function mayNodeSetLabel(key: string): boolean {
  if (isIn(key, [RESTRICTED_NAMESPACE])) return false;
  const isOwn = KUBELET_LABELS.includes(key) || isIn(key, KUBELET_NAMESPACES);
  return isOwn || !isIn(key, KUBERNETES_NAMESPACES);
}

function isIn(key: string, namespaces: readonly string[]): boolean {
  const slash = key.indexOf("/");
  const namespace = slash < 0 ? "" : key.slice(0, slash);
  return namespaces.some((each) => namespace === each || namespace.endsWith(`.${each}`));
}
