import type { NodeStatus } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { isSameValue, replacing } from "../status/same-value.ts";

/** Maps whose entries are merged: what is gone must be named. */
const MAPS = ["capacity", "allocatable"] as const;
const FIELDS = ["daemonEndpoints", "nodeInfo", "images", "runtimeHandlers", "features"] as const;

/** The strategic merge patch that makes of one status of a node the other. */
export function nodeStatusPatch(present: NodeStatus, wanted: NodeStatus): Readonly<Record<string, unknown>> {
  const patch: Record<string, unknown> = {};
  for (const field of FIELDS) {
    if (!isSameValue(present[field], wanted[field])) patch[field] = wanted[field] ?? null;
  }
  for (const field of MAPS) {
    const gone = Object.keys(present[field] ?? {}).filter((name) => wanted[field]?.[name] === undefined);
    if (isSameValue(present[field], wanted[field])) continue;
    patch[field] = { ...wanted[field], ...Object.fromEntries(gone.map((name) => [name, null])) };
  }
  if (!isSameValue(present.addresses, wanted.addresses)) {
    // Merged by their type, two addresses of one type would become one.
    patch["addresses"] = [...(wanted.addresses ?? []), { $patch: "replace" }];
  }
  patch["conditions"] = (wanted.conditions ?? []).flatMap((condition) => {
    const before = findCondition(present.conditions, condition.type);
    return isSameValue(before, condition) ? [] : [replacing(before, condition)];
  });
  return patch;
}
