import { isPodReady, untilAvailableMs } from "#api/core/v1/pod-status.ts";
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { findCondition, removeCondition } from "#apimachinery/conditions.ts";
import { compileLabelSet } from "#apimachinery/selectors/label-selector.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Action } from "#reconcile/action.ts";
import type { FailedWrite } from "#reconcile/controller.ts";

export interface StatusView {
  readonly replicaSet: ReplicaSet;
  /** The active pods that it controls. */
  readonly active: readonly Pod[];
  /** The pods that it controls and that are being deleted. */
  readonly terminating: readonly Pod[];
  readonly now: Date;
  /** Why pods could not be created or deleted. */
  readonly failed: FailedWrite | undefined;
}

/** The update of a status that is not what the pods say. */
export function planStatus(view: StatusView): readonly Action[] {
  const { replicaSet } = view;
  const next = statusOf(view);
  if (Bun.deepEquals(replicaSet.status && normalize(replicaSet.status), next)) return [];
  return [{ type: "updateStatus", object: { ...replicaSet, status: next } as ReplicaSet }];
}

/** Milliseconds until another pod has been ready for long enough, while some are ready that have not. */
export function nextAvailabilityMs(
  { spec }: ReplicaSet,
  active: readonly Pod[],
  now: Date,
): number | undefined {
  const waits = active
    .map((pod) => untilAvailableMs(pod, spec.minReadySeconds ?? 0, now.getTime()))
    .filter((wait): wait is number => wait !== undefined && wait > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

function statusOf({ replicaSet, active, terminating, now, failed }: StatusView): ReplicaSetStatus {
  const { metadata, spec } = replicaSet;
  const minReadySeconds = spec.minReadySeconds ?? 0;
  const { matches } = compileLabelSet(spec.template?.metadata?.labels);
  const isAvailable = (pod: Pod): boolean => untilAvailableMs(pod, minReadySeconds, now.getTime()) === 0;
  return normalize({
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => matches(pod.metadata.labels ?? {})).length,
    readyReplicas: active.filter(isPodReady).length,
    availableReplicas: active.filter(isAvailable).length,
    terminatingReplicas: terminating.length,
    observedGeneration: metadata.generation ?? 0,
    conditions: conditionsOf(replicaSet, active, now, failed),
  });
}

/** The condition keeps the first failure until there is none. */
function conditionsOf(
  { spec, status }: ReplicaSet,
  active: readonly Pod[],
  now: Date,
  failed: FailedWrite | undefined,
): readonly ReplicaSetCondition[] {
  const conditions = status?.conditions ?? [];
  if (failed === undefined) return removeCondition(conditions, "ReplicaFailure");
  if (findCondition(conditions, "ReplicaFailure") !== undefined) return conditions;
  const isMissing = active.length < (spec.replicas ?? 1);
  const condition: ReplicaSetCondition = {
    type: "ReplicaFailure",
    status: "True",
    lastTransitionTime: formatTime(now.getTime()),
    reason: isMissing ? "FailedCreate" : "FailedDelete",
    message: failed.message,
  };
  return [...conditions, condition];
}

/** Fields that are zero are absent in the API. */
function normalize(status: ReplicaSetStatus = { replicas: 0 }): ReplicaSetStatus {
  const { replicas, terminatingReplicas, conditions = [], ...counts } = status;
  const nonZero = Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
  return {
    replicas,
    ...nonZero,
    ...(terminatingReplicas !== undefined && { terminatingReplicas }),
    ...(conditions.length > 0 && { conditions }),
  };
}
