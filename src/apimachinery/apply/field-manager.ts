import { emptyObject } from "../codec/zero.ts";
import type { Time } from "../generated/meta-v1.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { ObjectSchema } from "../schema.ts";
import type { Comparison } from "./compare.ts";
import { createdFields } from "./created-fields.ts";
import {
  ANY,
  difference,
  EMPTY_SET,
  type FieldSet,
  isEmptySet,
  isSubset,
  overlaps,
  union,
} from "./field-set.ts";
import { fieldSetOf } from "./field-set-builder.ts";
import {
  capUpdaters,
  formatManagedFields,
  type ManagedFields,
  type Manager,
  managerId,
  NO_MANAGED_FIELDS,
  withFields,
  withTime,
} from "./managed-fields.ts";
import { type Change, changeOwnership } from "./ownership.ts";
import { fieldElement } from "./path-element.ts";
import { reconcileSet } from "./reconcile-set.ts";
import { saysExactly } from "./says-exactly.ts";
import { changeable, type OtherVersion, type VersionedTypes } from "./versioned-type.ts";

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
  /** Paths to all that requests can change, where that is less than the rest; `*` is any element of a list. */
  readonly changeableFields?: readonly (readonly string[])[] | undefined;
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

function pattern(paths: readonly (readonly string[])[]): FieldSet {
  return fieldSetOf(...paths.map((path) => path.map((name) => (name === ANY ? ANY : fieldElement(name)))));
}

export function versionedTypesOf(type: FieldManagerType): VersionedTypes {
  const known = versionedTypes.get(type);
  if (known !== undefined) return known;
  const { apiVersion, schema, subresource = "", changeableFields, otherVersions = [] } = type;
  const current = {
    apiVersion,
    schema,
    resetFields: pathSet(type.resetFields ?? DEFAULT_RESET_FIELDS[subresource] ?? []),
    changeableFields: changeableFields && pattern(changeableFields),
  };
  const types = { current, others: otherVersions };
  versionedTypes.set(type, types);
  return types;
}

/** Every write asks for those of its kind. */
const versionedTypes = new WeakMap<FieldManagerType, VersionedTypes>();

/** A new set of fields without those that nobody can own through the request. */
export function ownableFields(fields: FieldSet, { current }: VersionedTypes): FieldSet {
  return difference(changeable(fields, current), STRIPPED_FIELDS);
}

/** Whether a valid configuration makes its applier own exactly these fields. False where nobody has looked. */
export function ownsExactly(applied: JsonObject, fields: FieldSet, { current }: VersionedTypes): boolean {
  const { schema, resetFields, changeableFields } = current;
  if (changeableFields !== undefined) return false;
  return saysExactly(schema, applied, fields, { trees: resetFields, paths: STRIPPED_FIELDS });
}

export interface UpdateTracking {
  readonly types: VersionedTypes;
  readonly manager: Manager;
  readonly time: Time;
}

/** The managed fields of a new object: the same as `updateManagedFields` finds when there was nothing before. */
export function createManagedFields(
  created: JsonObject,
  { types, manager, time }: UpdateTracking,
): ManagedFields {
  const { schema, resetFields } = types.current;
  const leftOut = { trees: resetFields, paths: STRIPPED_FIELDS };
  const fields = createdFields(schema, emptyObject(schema), created, leftOut);
  return isEmptySet(fields) ? NO_MANAGED_FIELDS : new Map([[managerId(manager), { manager, fields, time }]]);
}

/** The managed fields after somebody has changed an object by any request but apply. Nobody's consent is needed. */
export function updateManagedFields(
  change: Change,
  managed: ManagedFields,
  { types, manager, time }: UpdateTracking,
): ManagedFields {
  const id = managerId(manager);
  const { compare, others } = changeOwnership(change, managed, types, id);
  const comparison = compare();
  const next = new Map(others);
  const own = others.get(id) ?? { manager, fields: EMPTY_SET, time: undefined };
  const changed = ownableFields(union(comparison.modified, comparison.added), types);
  const fields = fieldsAfter(own.fields, comparison, changed, types);
  if (isEmptySet(fields)) next.delete(id);
  else next.set(id, isEmptySet(changed) ? withFields(own, fields) : withTime(withFields(own, fields), time));
  return capUpdaters(next);
}

/** What an updater owns after a change: it keeps what it had and was not changed, and gets what it changed. */
function fieldsAfter(
  own: FieldSet,
  { added, modified, removed }: Comparison,
  changed: FieldSet,
  { current }: VersionedTypes,
): FieldSet {
  const touched = union(modified, added);
  const isKept = isSubset(touched, changed) && isSubset(changed, own) && !overlaps(own, removed);
  if (isKept) return own;
  const kept = difference(difference(reconcileSet(current.schema, own), touched), removed);
  return union(kept, changed);
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

/** The object with the given managed fields, in the place of any others. */
export function withManagedFields(object: JsonObject, managed: ManagedFields): JsonObject {
  if (managed.size === 0) return withoutManagedFields(object);
  const managedFields = formatManagedFields(managed);
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  return { ...object, metadata: { ...metadata, managedFields } };
}
