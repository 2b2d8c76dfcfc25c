import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { ObjectSchema } from "../schema.ts";
import { difference, type FieldSet, intersection, isEmptySet, isSubset, union } from "./field-set.ts";
import { type ManagedEntry, type ManagedFields, managerId } from "./managed-fields.ts";
import { reconcileSet } from "./reconcile-set.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import { toFieldSet } from "./to-field-set.ts";
import { findVersion, ownedIn, type VersionedTypes } from "./versioned-type.ts";

/**
 * Removes what an applier applied last time and no longer does, unless somebody else owns it
 * (structured-merge-diff `merge.Updater.prune`). `managed` has the applier with its new set.
 */
export function pruneApplied(
  merged: JsonObject,
  previous: ManagedEntry | undefined,
  managed: ManagedFields,
  types: VersionedTypes,
): JsonObject {
  if (previous === undefined || isEmptySet(previous.fields)) return merged;
  const version = findVersion(types, previous.manager.apiVersion);
  if (version === undefined) return merged;
  const { schema, apiVersion } = version;
  const previousFields = reconcileSet(schema, previous.fields);
  const current = managed.get(managerId(previous.manager));
  const isSameVersion = current?.manager.apiVersion === apiVersion;
  if (isSameVersion && isSubset(previousFields, current.fields)) return merged;

  const object = version.toVersion(merged);
  const last = withNamedFields(schema, previousFields);
  const removed = objectOf(removeItems(schema, object, last));
  const kept = addBackOwned(object, removed, managed, { types, apiVersion });
  const dangling = intersection(difference(namedFieldsOf(schema, object), namedFieldsOf(schema, kept)), last);
  return version.fromVersion(objectOf(removeItems(schema, object, dangling)));
}

/** Puts back what somebody owns, in whatever version they own it; the version of the objects goes first. */
function addBackOwned(
  merged: JsonObject,
  pruned: JsonObject,
  managed: ManagedFields,
  { types, apiVersion }: { readonly types: VersionedTypes; readonly apiVersion: string },
): JsonObject {
  const versions = new Set([apiVersion, ...[...managed.values()].map(({ manager }) => manager.apiVersion)]);
  const home = findVersion(types, apiVersion);
  let result = pruned;
  for (const each of versions) {
    const version = findVersion(types, each);
    if (version === undefined || home === undefined) continue;
    const { schema } = version;
    const convert = (object: JsonObject): JsonObject =>
      each === apiVersion ? object : version.toVersion(home.fromVersion(object));
    const object = convert(merged);
    const owned = withNamedFields(schema, ownedIn(managed, each));
    const staying = union(namedFieldsOf(schema, convert(result)), owned);
    const next = objectOf(removeItems(schema, object, difference(namedFieldsOf(schema, object), staying)));
    result = each === apiVersion ? next : home.toVersion(version.fromVersion(next));
  }
  return result;
}

function namedFieldsOf(schema: ObjectSchema, object: JsonObject): FieldSet {
  return withNamedFields(schema, toFieldSet(schema, object, { isStored: true }));
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
