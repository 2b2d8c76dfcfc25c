import type { Time } from "./generated/meta-v1.ts";

/** What the conditions of all kinds have in common. */
interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime?: Time | null;
}

export function findCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(conditions: readonly ConditionLike[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}

/**
 * The list with the condition added or replaced. `lastTransitionTime` moves only when the status changes: to that
 * of `next`, or to `now` where it has none (apimachinery `meta.SetStatusCondition`). The same list comes back when
 * nothing changes.
 */
export function setCondition<C extends ConditionLike>(
  conditions: readonly C[] | undefined,
  next: C,
  now: Time,
): readonly C[] {
  const previous = findCondition(conditions, next.type);
  const transition = previous?.status === next.status ? previous.lastTransitionTime : next.lastTransitionTime;
  const condition = { ...next, lastTransitionTime: transition ?? now };
  if (conditions === undefined || previous === undefined) return [...(conditions ?? []), condition];
  if (Bun.deepEquals(previous, condition)) return conditions;
  return conditions.map((each) => (each === previous ? condition : each));
}

/** The list without the condition; the same list when it is not there. */
export function removeCondition<C extends ConditionLike>(
  conditions: readonly C[],
  type: string,
): readonly C[] {
  return findCondition(conditions, type) === undefined
    ? conditions
    : conditions.filter((condition) => condition.type !== type);
}
