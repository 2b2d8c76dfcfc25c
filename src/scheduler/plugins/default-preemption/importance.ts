import type { Pod } from "#api/generated/core-v1.ts";
import { parseTime } from "#apimachinery/time.ts";

/** Negative when `a` is more important: by priority, and the one that has run longer. */
export function compareImportance(a: Pod, b: Pod, now: number): number {
  return priorityOf(b) - priorityOf(a) || startOf(a, now) - startOf(b, now);
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** When the pod started, in milliseconds since the epoch; one that has not started would do so now. */
export function startOf({ status }: Pod, now: number): number {
  const { startTime } = status ?? {};
  return startTime === undefined || startTime === null ? now : parseTime(startTime);
}
