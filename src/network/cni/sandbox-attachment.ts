import type { HostPort, PodAttachment, PodBandwidth, PodFacts } from "../pod-network.ts";
import type { JsonObject } from "./network-list.ts";

/** The link of a pod, as all runtimes name it. */
export const INTERFACE_NAME = "eth0";

/** What plugins are told of one pod's sandbox, on each call for it. */
export interface SandboxAttachment {
  readonly containerId: string;
  /** Path of the network namespace; empty once it is gone. */
  readonly netns: string;
  readonly cniArgs: readonly (readonly [name: string, value: string])[];
  /** By the names of CNI's conventions; a plugin hears of those that its configuration names. */
  readonly capabilityArgs: JsonObject;
}

/** What containerd sends when a pod has a rate but says nothing of bursts. */
const UNLIMITED_BURST = 2 ** 31 - 1;

export function sandboxAttachment(pod: PodAttachment, podCIDRs: readonly string[]): SandboxAttachment {
  const { podUid, podNamespace, podName, sandboxId, networkNamespace, hostPorts, bandwidth, facts } = pod;
  return {
    containerId: sandboxId,
    netns: networkNamespace,
    cniArgs: [
      ["IgnoreUnknown", "1"],
      ["K8S_POD_NAMESPACE", podNamespace],
      ["K8S_POD_NAME", podName],
      ["K8S_POD_INFRA_CONTAINER_ID", sandboxId],
      ["K8S_POD_UID", podUid],
    ],
    capabilityArgs: {
      ...(hostPorts.length > 0 && { portMappings: hostPorts.map(portMapping) }),
      ...(bandwidth !== undefined && { bandwidth: bandwidthOf(bandwidth) }),
      ...(podCIDRs.length > 0 && { ipRanges: podCIDRs.map((subnet) => [{ subnet }]) }),
      ...(facts !== undefined && factsOf(facts)),
    },
  };
}

function portMapping({ hostPort, containerPort, protocol, hostIP }: HostPort): JsonObject {
  return { hostPort, containerPort, protocol: protocol.toLowerCase(), hostIP };
}

/** By the names of containerd (`internal/cri/server/sandbox_run.go`). */
function factsOf({ annotations, dns: { nameservers, searches, options }, cgroupPath }: PodFacts): JsonObject {
  return {
    "io.kubernetes.cri.pod-annotations": annotations,
    dns: { servers: nameservers, searches, options },
    cgroupPath,
  };
}

function bandwidthOf({ ingress, egress }: PodBandwidth): JsonObject {
  return {
    ...(ingress !== undefined && { ingressRate: ingress, ingressBurst: UNLIMITED_BURST }),
    ...(egress !== undefined && { egressRate: egress, egressBurst: UNLIMITED_BURST }),
  };
}
