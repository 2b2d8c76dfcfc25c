/** What the scheduler writes into the status of pods. */
import type { Pod, PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { formatTime } from "#apimachinery/time.ts";

/** Facts to be written; what is absent stays as it is. */
export interface StatusChange {
  readonly condition?: PodCondition;
  /** Empty for none. */
  readonly nominatedNodeName?: string;
}

/** Why the pod is not on a node yet. */
export function notScheduled(
  { metadata }: Pod,
  reason: "Unschedulable" | "SchedulerError",
  message: string,
): PodCondition {
  return conditionOf(metadata.generation, { type: "PodScheduled", status: "False", reason, message });
}

/** Tells those who watch the victim, its disruption budget's controller among them, why it goes (KEP-3329). */
export function preempted({ metadata }: Pod, schedulerName: string): PodCondition {
  return conditionOf(metadata.generation, {
    type: "DisruptionTarget",
    status: "True",
    reason: "PreemptionByScheduler",
    message: `${schedulerName}: preempting to accommodate a higher priority pod`,
  });
}

/**
 * The strategic merge patch that brings the change about, for exactly this pod. Undefined when its status says so
 * already, unless that status is out of date.
 */
export function statusPatch(
  { metadata, status }: Pod,
  change: StatusChange,
  { now, isOutdated = false }: { readonly now: number; readonly isOutdated?: boolean },
): object | undefined {
  const { condition, nominatedNodeName } = change;
  const isNews = condition !== undefined && (isOutdated || !says(status, condition));
  const isPromise =
    nominatedNodeName !== undefined &&
    (isOutdated || nominatedNodeName !== (status?.nominatedNodeName ?? ""));
  const next: Partial<Record<keyof PodStatus, unknown>> = {
    ...(isNews && { conditions: [withTransitionTime(status, condition, now)] }),
    // In a patch null takes the field away.
    ...(isPromise && { nominatedNodeName: nominatedNodeName === "" ? null : nominatedNodeName }),
  };
  return Object.keys(next).length === 0 ? undefined : { metadata: { uid: metadata.uid }, status: next };
}

function says(status: PodStatus | undefined, wanted: PodCondition): boolean {
  const known = findCondition(status?.conditions, wanted.type);
  return (["status", "reason", "message"] as const).every((field) => known?.[field] === wanted[field]);
}

function withTransitionTime(status: PodStatus | undefined, wanted: PodCondition, now: number): PodCondition {
  const known = findCondition(status?.conditions, wanted.type);
  const isSteady = known?.status === wanted.status;
  return { ...wanted, lastTransitionTime: isSteady ? (known.lastTransitionTime ?? null) : formatTime(now) };
}

function conditionOf(
  generation: number | undefined,
  condition: Pick<PodCondition, "type" | "status" | "reason" | "message">,
): PodCondition {
  return {
    ...condition,
    lastProbeTime: null,
    ...(generation !== undefined && { observedGeneration: generation }),
  };
}
