import { findCondition } from "#apimachinery/conditions.ts";
import type { Pod } from "../../generated/core-v1.ts";

/** What the status of a pod says, as upstream's `pkg/api/v1/pod` and `pkg/controller` read it. */

/** All containers have stopped and none will start again. */
export function isPodTerminal({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** The pod does its work, or will: it is neither terminal nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** The pod is being deleted and its containers have not all stopped. */
export function isPodTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

export function isPodReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, "Ready")?.status === "True";
}

/** Since when the pod is ready, in milliseconds since the epoch; undefined when it is not, or not known. */
export function readySince(pod: Pod): number | undefined {
  const condition = findCondition(pod.status?.conditions, "Ready");
  const since = condition?.status === "True" ? condition.lastTransitionTime : undefined;
  return since === undefined || since === null ? undefined : Date.parse(since);
}

/**
 * Milliseconds until the pod has been ready for `minReadySeconds`: 0 when it is available, undefined when it is not
 * ready and so time alone does not make it available.
 */
export function untilAvailableMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySince(pod);
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - nowMs);
}
