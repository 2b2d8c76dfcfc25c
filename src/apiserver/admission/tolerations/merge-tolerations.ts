import type { Toleration } from "#api/generated/core-v1.ts";

/** All tolerations but those that another one includes; of two that are the same, the first stays. */
export function mergeTolerations(
  first: readonly Toleration[],
  second: readonly Toleration[],
): readonly Toleration[] {
  const all = [...first, ...second];
  const merged: Toleration[] = [];
  for (const [index, each] of all.entries()) {
    const isKnown = merged.some((other) => includesToleration(other, each));
    const isIncluded = all
      .slice(index + 1)
      .some((other) => !isSame(other, each) && includesToleration(other, each));
    if (!isKnown && !isIncluded) merged.push(each);
  }
  return merged;
}

/** Whether `wide` tolerates whatever `narrow` does (upstream `pkg/util/tolerations`). */
export function includesToleration(wide: Toleration, narrow: Toleration): boolean {
  return (
    isSame(wide, narrow) ||
    (includesKey(wide, narrow) && includesEffect(wide, narrow) && includesValue(wide, narrow))
  );
}

/** Without a key, everything is tolerated that there is. */
function includesKey({ key = "", operator }: Toleration, narrow: Toleration): boolean {
  return (key === "" && operator === "Exists") || key === (narrow.key ?? "");
}

function includesEffect({ effect, tolerationSeconds }: Toleration, narrow: Toleration): boolean {
  // An empty effect stands for all, as an absent one does.
  const [wanted, found]: readonly string[] = [effect ?? "", narrow.effect ?? ""];
  if (wanted !== "" && wanted !== found) return false;
  if (wanted !== "NoExecute" || tolerationSeconds === undefined) return true;
  return narrow.tolerationSeconds !== undefined && narrow.tolerationSeconds <= tolerationSeconds;
}

function includesValue({ operator = "Equal", value = "" }: Toleration, narrow: Toleration): boolean {
  if (operator === "Exists") return true;
  return operator === "Equal" && narrow.operator === "Equal" && value === (narrow.value ?? "");
}

function isSame(a: Toleration, b: Toleration): boolean {
  return Bun.deepEquals(a, b);
}
