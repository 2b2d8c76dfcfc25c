import type { Taint, Toleration } from "../../generated/core-v1.ts";

/** Whether pods with the toleration do not mind the taint (core/v1 `Toleration.ToleratesTaint`). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { key = "", effect, value = "" } = toleration;
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  // Lt and Gt belong to the gate TaintTolerationComparisonOperators, which is off.
  const { operator = "Equal" } = toleration;
  return operator === "Exists" || (operator === "Equal" && value === (taint.value ?? ""));
}

/** The first of the taints that no toleration matches. */
export function firstUntolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[],
): Taint | undefined {
  return taints.find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

/** Whether they are the same taint, whatever their values: a node has each key once per effect. */
export function isSameTaint(a: Pick<Taint, "key" | "effect">, b: Pick<Taint, "key" | "effect">): boolean {
  return a.key === b.key && a.effect === b.effect;
}
