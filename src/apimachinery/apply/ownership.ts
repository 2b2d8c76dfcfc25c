import type { JsonObject } from "../json-value.ts";
import { type Comparison, compareTyped, filterFields } from "./compare.ts";
import type { Conflict } from "./conflict.ts";
import { difference, intersection, isEmptySet, overlaps, pathsOf, union } from "./field-set.ts";
import { type ManagedEntry, type ManagedFields, withFields } from "./managed-fields.ts";
import { reconcileSet } from "./reconcile-set.ts";
import {
  changeable,
  currentVersion,
  findVersion,
  type OtherVersion,
  type VersionedTypes,
} from "./versioned-type.ts";

/** An object before and after a request, both in the version of the request. */
export interface Change {
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** What a change means for those who own fields of the object. */
export interface OwnershipChange {
  /** The change in the version of the request, without what the request cannot change. */
  readonly compare: () => Comparison;
  /** Fields of others that the change sets. */
  readonly conflicts: readonly Conflict[];
  /** What the others own afterwards, when the conflicts are accepted. */
  readonly others: ManagedFields;
}

/**
 * Works out what others lose by a change (structured-merge-diff `merge.Updater.update`). `self` owns what it owned
 * whatever has changed. Managers of a version that is no longer served are dropped. Sets that the change touches are
 * brought in line with the present schema.
 */
export function changeOwnership(
  { before, after }: Change,
  managed: ManagedFields,
  types: VersionedTypes,
  self?: string,
): OwnershipChange {
  const comparisons = new Map<string, Comparison>();
  const comparisonIn = (version: OtherVersion): Comparison => {
    const known = comparisons.get(version.apiVersion);
    if (known !== undefined) return known;
    const comparison = filterFields(
      compareTyped(version.schema, version.toVersion(before), version.toVersion(after)),
      (fields) => changeable(fields, version),
    );
    comparisons.set(version.apiVersion, comparison);
    return comparison;
  };
  const conflicts: Conflict[] = [];
  const others = new Map<string, ManagedEntry>();
  for (const [id, entry] of [...managed].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const version = findVersion(types, entry.manager.apiVersion);
    if (version === undefined) continue;
    if (id === self) {
      others.set(id, entry);
      continue;
    }
    const { added, modified, removed } = comparisonIn(version);
    const changed = union(modified, added);
    if (!overlaps(entry.fields, changed) && !overlaps(entry.fields, removed)) {
      others.set(id, entry);
      continue;
    }
    const fields = reconcileSet(version.schema, entry.fields);
    const lost = intersection(fields, changed);
    conflicts.push(...pathsOf(lost).map((path) => ({ manager: entry.manager, path })));
    const kept = difference(difference(fields, lost), removed);
    // Managers who own nothing are forgotten.
    if (!isEmptySet(kept)) others.set(id, withFields(entry, kept));
  }
  return { compare: () => comparisonIn(currentVersion(types)), conflicts, others };
}
