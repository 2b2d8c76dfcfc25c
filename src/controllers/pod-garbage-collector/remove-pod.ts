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
  const { uid, resourceVersion, generation } = pod.metadata;
  const write = { target: refTo(pod, "Pod"), uid, ...(requires && { requires }) };
  const removal: Action = { type: "delete", ...write, gracePeriodSeconds: 0 };
  if (isPodTerminal(pod)) return [removal];
  const observed = generation === undefined ? {} : { observedGeneration: generation };
  const { conditions } = pod.status ?? {};
  const told =
    condition === undefined ? conditions : setCondition(conditions, { ...condition, ...observed }, now);
  const status = { phase: "Failed", ...observed, ...(told && { conditions: told }) };
  // The version, because the list of conditions is replaced as a whole.
  const patch = { metadata: { ...(resourceVersion !== undefined && { resourceVersion }) }, status };
  return [{ type: "patch", ...write, subresource: "status", patch }, removal];
}
