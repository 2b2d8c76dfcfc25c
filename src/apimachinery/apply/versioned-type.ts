import type { JsonObject } from "../json-value.ts";
import type { ObjectSchema } from "../schema.ts";
import { EMPTY_SET, type FieldSet, matching, recursiveDifference, union } from "./field-set.ts";
import type { ManagedFields } from "./managed-fields.ts";

/** A version of a kind, as managers of an object may have written their fields. */
export interface VersionedType {
  readonly apiVersion: string;
  readonly schema: ObjectSchema;
  /** What requests of this kind cannot change, and nobody owns: status for the object itself. */
  readonly resetFields: FieldSet;
  /** A pattern of all that they can change, where that is less than the rest. */
  readonly changeableFields?: FieldSet | undefined;
}

export function changeable(fields: FieldSet, { resetFields, changeableFields }: VersionedType): FieldSet {
  const rest = recursiveDifference(fields, resetFields);
  return changeableFields === undefined ? rest : matching(rest, changeableFields);
}

/** Another version than the one of the request. Conversion must not lose anything. */
export interface OtherVersion extends VersionedType {
  /** From the version of the request. */
  readonly toVersion: (object: JsonObject) => JsonObject;
  /** To the version of the request. */
  readonly fromVersion: (object: JsonObject) => JsonObject;
}

/** The version of the request and all others that are served. */
export interface VersionedTypes {
  readonly current: VersionedType;
  readonly others: readonly OtherVersion[];
}

const identity = (object: JsonObject): JsonObject => object;

/** The version of the request, in the shape of the others. */
export function currentVersion({ current }: VersionedTypes): OtherVersion {
  return { ...current, toVersion: identity, fromVersion: identity };
}

/** Undefined for a version that is no longer served. */
export function findVersion(types: VersionedTypes, apiVersion: string): OtherVersion | undefined {
  if (apiVersion === types.current.apiVersion) return currentVersion(types);
  return types.others.find((version) => version.apiVersion === apiVersion);
}

/** All that is owned by anybody in a version. */
export function ownedIn(managed: ManagedFields, apiVersion: string): FieldSet {
  return [...managed.values()]
    .filter(({ manager }) => manager.apiVersion === apiVersion)
    .reduce((owned, { fields }) => union(owned, fields), EMPTY_SET);
}
