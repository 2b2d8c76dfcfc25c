import { emptyObject } from "../codec/zero.ts";
import type { ManagedFieldsEntry, Time } from "../generated/meta-v1.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { ObjectSchema } from "../schema.ts";
import { createdFields } from "./created-fields.ts";
import { difference, EMPTY_SET, type FieldSet, fieldSetOf, recursiveDifference, union } from "./field-set.ts";
import {
  capUpdaters,
  formatEntry,
  formatManagedFields,
  ManagedEntry,
  type ManagedFields,
  type Manager,
  managerId,
} from "./managed-fields.ts";
import { type Change, changeOwnership } from "./ownership.ts";
import { fieldElement } from "./path-element.ts";
import type { OtherVersion, VersionedTypes } from "./versioned-type.ts";

/** What is the same for all requests for a kind, in one version, and through one subresource. */
export interface FieldManagerType {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: ObjectSchema;
  /** Empty for the object itself. */
  readonly subresource?: string;
  /**
   * Paths that requests cannot change. By default those of the usual strategies: status for the object itself,
   * spec for the status subresource.
   */
  readonly resetFields?: readonly (readonly string[])[];
  /** Versions besides this one in which managers may have written. */
  readonly otherVersions?: readonly OtherVersion[];
}

const DEFAULT_RESET_FIELDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "": [["status"]],
  status: [["spec"]],
};

/** Fields that nobody owns (apimachinery `managedfields/internal/stripmeta.go`). */
const STRIPPED_FIELDS: FieldSet = pathSet([
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"].map(
    (name) => ["metadata", name],
  ),
  ["metadata", "managedFields"],
  ["metadata", "resourceVersion"],
]);

/** The set of the given fields, each a list of field names. */
export function pathSet(paths: readonly (readonly string[])[]): FieldSet {
  return fieldSetOf(...paths.map((path) => path.map(fieldElement)));
}

export function versionedTypesOf(type: FieldManagerType): VersionedTypes {
  const known = versionedTypes.get(type);
  if (known !== undefined) return known;
  const { apiVersion, schema, subresource = "", otherVersions = [] } = type;
  const resetFields = pathSet(type.resetFields ?? DEFAULT_RESET_FIELDS[subresource] ?? []);
  const types = { current: { apiVersion, schema, resetFields }, others: otherVersions };
  versionedTypes.set(type, types);
  return types;
}

/** Every write asks for those of its kind. */
const versionedTypes = new WeakMap<FieldManagerType, VersionedTypes>();

/** A new set of fields without those that nobody can own through the request. */
export function ownableFields(fields: FieldSet, { current }: VersionedTypes): FieldSet {
  return difference(recursiveDifference(fields, current.resetFields), STRIPPED_FIELDS);
}

/**
 * What the creator of an object owns, in the form in which it is stored: the same as `updateManagedFields` finds
 * when there was nothing before. Empty when nobody can own any of it.
 */
export function creatorsFields(
  created: JsonObject,
  { types, manager, time }: UpdateTracking,
): readonly ManagedFieldsEntry[] {
  const { schema, resetFields } = types.current;
  const leftOut = { trees: resetFields, paths: STRIPPED_FIELDS };
  const fieldsV1 = createdFields(schema, emptyObject(schema), created, leftOut);
  return fieldsV1 === undefined ? [] : [formatEntry(manager, fieldsV1, time)];
}

export interface UpdateTracking {
  readonly types: VersionedTypes;
  readonly manager: Manager;
  readonly time: Time;
}

/** The managed fields after somebody has changed an object by any request but apply. Nobody's consent is needed. */
export function updateManagedFields(
  change: Change,
  managed: ManagedFields,
  { types, manager, time }: UpdateTracking,
): ManagedFields {
  const { comparison, others } = changeOwnership(change, managed, types);
  const fields = ownableFields(union(comparison.modified, comparison.added), types);
  if (fields.size === 0) return capUpdaters(others);
  const id = managerId(manager);
  const previous = others.get(id);
  const isKnown = previous !== undefined && difference(fields, previous.fields).size === 0;
  const entry = isKnown
    ? previous.withTime(time)
    : ManagedEntry.of(manager, union(previous?.fields ?? EMPTY_SET, fields), time);
  return capUpdaters(new Map(others).set(id, entry));
}

/** The object before a request, as its kind writes one that does not exist yet. */
export function objectBefore(live: JsonObject | undefined, schema: ObjectSchema): JsonObject {
  return live === undefined ? emptyObject(schema) : withoutManagedFields(live);
}

export function managedFieldsOf(object: JsonObject | undefined): unknown {
  const metadata = object?.["metadata"];
  return isJsonObject(metadata) ? metadata["managedFields"] : undefined;
}

export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, "managedFields")) return object;
  const { managedFields: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** The object, which has no managed fields yet, with the given ones. */
export function withManagedFields(object: JsonObject, managed: ManagedFields): JsonObject {
  return withManagedEntries(object, formatManagedFields(managed));
}

/** `withManagedFields` for entries in the form in which they are stored. */
export function withManagedEntries(
  object: JsonObject,
  managedFields: readonly ManagedFieldsEntry[],
): JsonObject {
  if (managedFields.length === 0) return object;
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  return { ...object, metadata: { ...metadata, managedFields } };
}
