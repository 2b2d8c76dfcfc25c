/** Updates of the status of a pod, which come from the kubelet, the scheduler and controllers. */
import { omit } from "#base/omit.ts";
import { fillZero } from "../../../defaulting.ts";
import type { Pod, PodCondition, PodStatus } from "../../../generated/core-v1.ts";
import { dropDisabledPodStatusFields } from "../pod-spec/disabled-fields.ts";

/** Keeps what writers of the status do not decide, and what old ones do not know of. */
export function preparePodStatus(next: Pod, previous: Pod): Pod {
  const { ownerReferences } = previous.metadata;
  const before = previous.status ?? {};
  return {
    ...next,
    metadata: {
      ...omit(next.metadata, "ownerReferences"),
      ...(ownerReferences !== undefined && { ownerReferences }),
    },
    status: dropDisabledPodStatusFields(keepServerFields(next.status ?? {}, before), before),
  };
}

function keepServerFields(next: PodStatus, previous: PodStatus): PodStatus {
  const { qosClass, observedGeneration } = previous;
  const kept = fillZero(next, {
    ...(qosClass !== undefined && { qosClass }),
    ...(observedGeneration !== undefined && { observedGeneration }),
  });
  const { conditions } = kept;
  if (conditions === undefined) return kept;
  return { ...kept, conditions: keepGenerations(conditions, previous.conditions ?? []) };
}

/** A condition without a generation keeps that of the old condition of its type; a type may occur repeatedly. */
function keepGenerations(
  next: readonly PodCondition[],
  previous: readonly PodCondition[],
): readonly PodCondition[] {
  const old = Map.groupBy(previous, ({ type }) => type);
  const taken = new Map<string, number>();
  return next.map((condition) => {
    const index = taken.get(condition.type) ?? 0;
    taken.set(condition.type, index + 1);
    const observedGeneration = old.get(condition.type)?.[index]?.observedGeneration;
    return observedGeneration === undefined ? condition : fillZero(condition, { observedGeneration });
  });
}
