import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Plan } from "#reconcile/action.ts";
import { defineController } from "#reconcile/controller.ts";
import { removePod } from "./remove-pod.ts";

/** Upstream's `--terminated-pod-gc-threshold`. */
const THRESHOLD = 12_500;

export interface FinishedPodsView {
  readonly finished: readonly Pod[];
  readonly threshold: number;
  readonly now: Date;
}

/** Keeps the number of pods that have finished within bounds. */
export const finishedPodsController = defineController<FinishedPodsView>({
  name: "finished-pods",
  account: "pod-garbage-collector",
  workers: 1,
  primary: "Pod",
  watches: [
    {
      kind: "Pod",
      // One key for all of them.
      wakes: () => [{ namespace: "", name: "" }],
      when: (pod, previous) => isPodTerminal(pod) && !(previous !== undefined && isPodTerminal(previous)),
    },
  ],
  indexes: [{ kind: "Pod", name: "finished", keys: (pod) => (isPodTerminal(pod) ? ["true"] : []) }],
  writes: ["Pod"],
  observe: (_ref, caches, now) => ({
    finished: caches.byIndex("Pod", "finished", "true"),
    threshold: THRESHOLD,
    now,
  }),
  plan: planFinishedPods,
});

export function planFinishedPods({ finished, threshold, now }: FinishedPodsView): Plan {
  const surplus = finished.toSorted(compareAge).slice(0, Math.max(0, finished.length - threshold));
  const present = surplus.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return { actions: present.flatMap((pod) => removePod(pod, { now: formatTime(now.getTime()) })) };
}

/** Evicted pods first, of which nobody expects much any more, then the oldest (upstream `byEvictionAndCreationTimestamp`). */
function compareAge(a: Pod, b: Pod): number {
  const ageOf = ({ metadata, status }: Pod): string => {
    const isEvicted = status?.phase === "Failed" && status.reason === "Evicted";
    return `${isEvicted ? "0" : "1"} ${metadata.creationTimestamp ?? ""} ${metadata.name}`;
  };
  return ageOf(a) < ageOf(b) ? -1 : Number(ageOf(a) > ageOf(b));
}
