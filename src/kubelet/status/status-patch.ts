import type { PodCondition, PodStatus } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { KUBELET_CONDITIONS } from "./pod-conditions.ts";

/** Lists that a strategic merge patch would merge by a key, where the whole list is meant. */
const REPLACED_LISTS: ReadonlySet<string> = new Set(["podIPs", "hostIPs"]);

/** Fields that the kubelet writes; others are left alone. */
const OWN_FIELDS = [
  "observedGeneration",
  "phase",
  "reason",
  "message",
  "hostIP",
  "hostIPs",
  "podIP",
  "podIPs",
  "startTime",
  "initContainerStatuses",
  "containerStatuses",
  "ephemeralContainerStatuses",
  "qosClass",
] as const satisfies readonly (keyof PodStatus)[];

/** The strategic merge patch that makes of one status the other, or undefined when nothing of it has changed. */
export function statusPatch(
  present: PodStatus,
  wanted: PodStatus,
): Readonly<Record<string, unknown>> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of OWN_FIELDS) {
    if (isSame(present[field], wanted[field])) continue;
    const value = wanted[field];
    const isReplaced = REPLACED_LISTS.has(field) && Array.isArray(value);
    patch[field] = isReplaced ? [...(value as readonly unknown[]), { $patch: "replace" }] : (value ?? null);
  }
  const conditions = changedConditions(present, wanted);
  if (conditions.length > 0) patch["conditions"] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function changedConditions(present: PodStatus, wanted: PodStatus): readonly PodCondition[] {
  return (wanted.conditions ?? []).filter(
    (condition) =>
      KUBELET_CONDITIONS.has(condition.type) &&
      !isSame(findCondition(present.conditions, condition.type), condition),
  );
}

/** Whether two values say the same: null and nothing do, and an empty object or list is nothing. */
function isSame(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(withoutEmpty(a), withoutEmpty(b));
}

function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, each]) => [key, withoutEmpty(each)] as const)
    .filter(([, each]) => each !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
