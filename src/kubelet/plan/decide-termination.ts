import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { isStaticPod } from "../pod/pod-origin.ts";
import type { Termination } from "./pod-view.ts";

export interface TerminationFacts {
  readonly pod: Pod;
  /** The status that was made last. */
  readonly status: PodStatus;
  /** What has been decided before: a pod that began to stop goes on stopping. */
  readonly before: Termination | undefined;
  /** The pod is in the API, or in its file, no more. */
  readonly isRemoved: boolean;
  readonly now: number;
}

/** `active_deadline.go`. */
const DEADLINE = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

/** Whether a pod must stop, and how quickly; the time that its containers get never grows. */
export function decideTermination(facts: TerminationFacts): Termination | undefined {
  const { pod, before } = facts;
  const grace = graceOf(pod);
  if (before !== undefined) return { ...before, graceSeconds: Math.min(before.graceSeconds, grace) };
  if (isOver(facts) || facts.isRemoved || pod.metadata.deletionTimestamp !== undefined) {
    return { graceSeconds: grace };
  }
  const deadline = deadlineOf(pod, facts.status);
  const isLate = deadline !== undefined && deadline <= facts.now;
  return isLate ? { graceSeconds: grace, failure: DEADLINE } : undefined;
}

/** All containers are done, or somebody else has declared the pod failed. */
function isOver({ pod, status }: TerminationFacts): boolean {
  return isPodTerminal({ ...pod, status }) || (isPodTerminal(pod) && !isStaticPod(pod));
}

/** When `activeDeadlineSeconds` are over: milliseconds since the epoch. */
export function deadlineOf({ spec }: Pod, { startTime }: PodStatus): number | undefined {
  const { activeDeadlineSeconds } = spec;
  if (activeDeadlineSeconds === undefined || startTime === undefined || startTime === null) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1000;
}

/** The API's word first; always at least a second (`pod_workers.go` calculateEffectiveGracePeriod). */
function graceOf({ metadata, spec }: Pod): number {
  return Math.max(1, metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 0);
}
