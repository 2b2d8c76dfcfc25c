import type { PodStatus } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { KUBELET_CONDITIONS } from "./pod-conditions.ts";
import { isSameValue, replacing } from "./same-value.ts";

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
    if (isSameValue(present[field], wanted[field])) continue;
    const value = wanted[field];
    const isReplaced = REPLACED_LISTS.has(field) && Array.isArray(value);
    patch[field] = isReplaced ? [...(value as readonly unknown[]), { $patch: "replace" }] : (value ?? null);
  }
  const conditions = changedConditions(present, wanted);
  if (conditions.length > 0) patch["conditions"] = conditions;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** Conditions are merged with those that are there, so what they no longer say must be named. */
function changedConditions(present: PodStatus, wanted: PodStatus): readonly object[] {
  return (wanted.conditions ?? []).flatMap((condition) => {
    const before = findCondition(present.conditions, condition.type);
    if (!KUBELET_CONDITIONS.has(condition.type) || isSameValue(before, condition)) return [];
    return [replacing(before, condition)];
  });
}
