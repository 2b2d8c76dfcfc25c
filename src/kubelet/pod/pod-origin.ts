import { MIRROR_ANNOTATION } from "#api/core/v1/pod-spec/annotations.ts";
import type { Pod } from "#api/generated/core-v1.ts";

/** Annotations of the kubelet (`pkg/kubelet/types/pod_update.go`). */
export const SOURCE_ANNOTATION = "kubernetes.io/config.source";
export const HASH_ANNOTATION = "kubernetes.io/config.hash";
export const SEEN_ANNOTATION = "kubernetes.io/config.seen";
export { MIRROR_ANNOTATION };

const NODE_CRITICAL = "system-node-critical";
/** The lowest priority of the cluster's own pods (`scheduling.SystemCriticalPriority`). */
const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/** The pod comes from a file of this node, not from the API. */
export function isStaticPod({ metadata: { annotations } }: Pod): boolean {
  const source = annotations?.[SOURCE_ANNOTATION];
  return source !== undefined && source !== "api";
}

/** The pod is the API's picture of a static pod. */
export function isMirrorPod({ metadata: { annotations } }: Pod): boolean {
  return annotations?.[MIRROR_ANNOTATION] !== undefined;
}

/** The pod keeps the node itself working: it is the last one to be killed. */
export function isNodeCritical(pod: Pod): boolean {
  const { priority = 0, priorityClassName } = pod.spec;
  const isCritical = isStaticPod(pod) || isMirrorPod(pod) || priority >= SYSTEM_CRITICAL_PRIORITY;
  return isCritical && priorityClassName === NODE_CRITICAL;
}
