import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod, PodCondition } from "#api/generated/core-v1.ts";
import { setCondition } from "#apimachinery/conditions.ts";
import type { Time } from "#apimachinery/generated/meta-v1.ts";
import type { Action, Requirement } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";

export interface RemovalOptions {
  readonly now: Time;
  /** Why, where that should be told. */
  readonly condition?: PodCondition;
  readonly requires?: readonly Requirement[];
}

/** Deletes a pod at once that no kubelet will finish, after saying that it failed. */
export function removePod(pod: Pod, { now, condition, requires }: RemovalOptions): readonly Action[] {
  const removal: Action = {
    type: "delete",
    target: refTo(pod, "Pod"),
    uid: pod.metadata.uid,
    gracePeriodSeconds: 0,
    ...(requires && { requires }),
  };
  if (isPodTerminal(pod)) return [removal];
  const { generation } = pod.metadata;
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const { conditions } = pod.status ?? {};
  const told =
    condition === undefined ? conditions : setCondition(conditions, { ...condition, ...observed }, now);
  const failed: Pod = {
    ...pod,
    status: { ...pod.status, phase: "Failed", ...observed, ...(told && { conditions: told }) },
  };
  return [{ type: "updateStatus", object: failed, ...(requires && { requires }) }, removal];
}
