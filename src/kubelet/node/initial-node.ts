import type { Node, NodeStatus, Taint } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

export interface NodeRegistration {
  readonly nodeName: string;
  readonly hostname: string;
  /** Go's name of the architecture. */
  readonly architecture: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly providerID?: string;
}

const OPERATING_SYSTEM = "linux";

/** Labels that every node has (`kubelet_node_status.go` initialNode). */
export function defaultLabels({
  hostname,
  architecture,
}: NodeRegistration): Readonly<Record<string, string>> {
  return {
    "beta.kubernetes.io/arch": architecture,
    "beta.kubernetes.io/os": OPERATING_SYSTEM,
    "kubernetes.io/arch": architecture,
    "kubernetes.io/hostname": hostname,
    "kubernetes.io/os": OPERATING_SYSTEM,
  };
}

/** The node as it registers itself. */
export function initialNode(registration: NodeRegistration, status: NodeStatus): NewObject<Node> {
  const { nodeName, labels, taints, providerID } = registration;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: nodeName,
      labels: { ...defaultLabels(registration), ...labels },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: {
      ...(taints.length > 0 && { taints }),
      ...(providerID !== undefined && { providerID }),
    },
    status,
  };
}

/** The labels of a node that was registered before and that are not what they must be. */
export function staleLabels(registration: NodeRegistration, node: Node): Readonly<Record<string, string>> {
  const present = node.metadata.labels ?? {};
  const wanted = Object.entries({ ...defaultLabels(registration), ...registration.labels });
  return Object.fromEntries(wanted.filter(([name, value]) => present[name] !== value));
}
