import { checkDepth, JsonSyntaxError } from "../codec/parse-json.ts";
import type { Time } from "../generated/meta-v1.ts";
import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import { parseApiVersion } from "../meta.ts";
import { badRequest, unclassified } from "../status-error.ts";
import { type Conflict, conflictError } from "./conflict.ts";
import {
  type FieldManagerType,
  managedFieldsOf,
  objectBefore,
  ownableFields,
  ownsExactly,
  updateManagedFields,
  versionedTypesOf,
  withManagedFields,
} from "./field-manager.ts";
import { isEmptySet } from "./field-set.ts";
import { conflictsAfterMigration, KUBECTL_MANAGER, refreshLastApplied } from "./last-applied.ts";
import {
  type ManagedEntry,
  type ManagedFields,
  type Manager,
  managerId,
  parseStoredFields,
  withTime,
} from "./managed-fields.ts";
import { mergeTyped } from "./merge-typed.ts";
import { changeOwnership } from "./ownership.ts";
import { pruneApplied } from "./prune.ts";
import { toFieldSet } from "./to-field-set.ts";
import { updaterOf } from "./track-update.ts";
import { joinTypedErrors, validateTyped } from "./validate-typed.ts";
import { changeable, type VersionedTypes } from "./versioned-type.ts";

export interface ApplyOptions {
  readonly type: FieldManagerType;
  /** Undefined when the object does not exist: apply creates it. */
  readonly live: JsonObject | undefined;
  /** The parsed body of the request; null, of an empty one, is an object of no kind. */
  readonly applied: unknown;
  readonly manager: string;
  /** Take over what others own instead of failing. */
  readonly force: boolean;
  readonly time: Time;
}

export interface Applied {
  /** Where it has changed, it still has to be decoded (removed structures are null) and given its defaults. */
  readonly object: JsonObject;
  /** False when the object is as it was, its managed fields aside. */
  readonly isChanged: boolean;
}

/** Who owned what in an object that existed before anybody applied it. */
const BEFORE_FIRST_APPLY = "before-first-apply";

/**
 * Server-side apply (KEP-555): merges the configuration into the live object by the schema, removes what this
 * manager applied before and no longer does, and records who owns what. Throws a 409 `StatusError` that names the
 * fields of others which would change, unless `force` is set, and 400 or 500 as upstream does for a configuration
 * that cannot be applied.
 */
export function applyPatch(options: ApplyOptions): Applied {
  const { type, live, manager } = options;
  const applied = checkApplied(options.applied, type);
  const types = versionedTypesOf(type);
  const before = objectBefore(live, type.schema);
  const managed = managedBeforeApply(options, before, types);
  const merged = mergeApplied({ options, applied, before, managed, types });

  const isMerged = !equalJson(before, merged.object);
  const object = isMerged ? merged.object : before;
  const refreshed = manager === KUBECTL_MANAGER ? refreshLastApplied(object, applied) : object;
  const entries = isMerged ? stampEntry(merged.managed, applierOf(options), options.time) : merged.managed;
  return { object: withManagedFields(refreshed, entries), isChanged: isMerged || refreshed !== object };
}

function applierOf({ type, manager }: ApplyOptions): Manager {
  return { ...updaterOf(type, manager), operation: "Apply" };
}

function checkApplied(config: unknown, type: FieldManagerType): JsonObject {
  const applied = objectOf(config);
  checkNesting(applied);
  const { apiVersion = "", kind = "" } = applied;
  if (apiVersion !== type.apiVersion || kind !== type.kind) {
    throw badRequest(`invalid object type: ${gvkText(String(apiVersion), String(kind))}`);
  }
  if (isListOfEntries(managedFieldsOf(applied))) throw badRequest("metadata.managedFields must be nil");
  const errors = validateTyped(type.schema, applied);
  if (errors.length === 0) return applied;
  throw unclassified(
    `failed to create typed patch object (${describe(applied, type)}): ${joinTypedErrors(errors)}`,
  );
}

/** Anything else counts as absent, here as upstream; the schema refuses what it does not fit. */
function isListOfEntries(managedFields: unknown): boolean {
  return Array.isArray(managedFields) && managedFields.every(isJsonObject);
}

function checkNesting(applied: JsonObject): void {
  try {
    checkDepth(applied);
  } catch (error) {
    throw error instanceof JsonSyntaxError ? badRequest(`error decoding YAML: ${error.message}`) : error;
  }
}

/** `namespace/name; group/version, Kind=kind`. */
function describe({ metadata }: JsonObject, { apiVersion, kind }: FieldManagerType): string {
  const { namespace = "", name = "" } = isJsonObject(metadata) ? metadata : {};
  return `${String(namespace)}/${String(name)}; ${gvkText(apiVersion, kind)}`;
}

function gvkText(apiVersion: string, kind: string): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}

/** Whatever an object has before it is applied for the first time belongs to a manager of that name. */
function managedBeforeApply(
  { type, live, time }: ApplyOptions,
  before: JsonObject,
  types: VersionedTypes,
): ManagedFields {
  const managed = parseManaged(live);
  if (managed.size > 0 || live === undefined) return managed;
  const change = { before: objectBefore(undefined, type.schema), after: before };
  return updateManagedFields(change, managed, { types, manager: updaterOf(type, BEFORE_FIRST_APPLY), time });
}

function parseManaged(live: JsonObject | undefined): ManagedFields {
  try {
    return parseStoredFields(managedFieldsOf(live));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unclassified(`failed to decode managed fields: ${error.message}`);
  }
}

interface MergeInput {
  readonly options: ApplyOptions;
  readonly applied: JsonObject;
  readonly before: JsonObject;
  readonly managed: ManagedFields;
  readonly types: VersionedTypes;
}

interface Merged {
  readonly object: JsonObject;
  readonly managed: ManagedFields;
}

function mergeApplied({ options, applied, before, managed, types }: MergeInput): Merged {
  const { schema } = types.current;
  const manager = applierOf(options);
  const id = managerId(manager);
  const previous = managed.get(id);
  const merged = objectOf(mergeTyped(schema, before, applied));
  const settle = (object: JsonObject, withApplier: ManagedFields, owned: ManagedEntry): Merged => {
    const { conflicts, others } = changeOwnership({ before, after: object }, withApplier, types, id);
    refuseConflicts(conflicts, options);
    const next = new Map(others);
    if (isEmptySet(owned.fields)) next.delete(id);
    else next.set(id, owned);
    return { object, managed: next };
  };
  // Who applies the same fields again leaves nothing behind and keeps the entry in its stored form.
  if (previous?.manager.apiVersion === manager.apiVersion && ownsExactly(applied, previous.fields, types)) {
    return settle(merged, managed, previous);
  }
  const fields = changeable(toFieldSet(schema, applied), types.current);
  const owned = { manager, fields: ownableFields(fields, types), time: previous?.time };
  const withApplier = new Map(managed).set(id, { ...owned, fields });
  return settle(pruneApplied(merged, previous, withApplier, types), withApplier, owned);
}

/** Fields that kubectl has applied on the client's side before are its own. */
function refuseConflicts(conflicts: readonly Conflict[], { force, manager, live, type }: ApplyOptions): void {
  if (force || conflicts.length === 0) return;
  const remaining =
    manager === KUBECTL_MANAGER && live !== undefined
      ? conflictsAfterMigration(conflicts, live, type)
      : conflicts;
  if (remaining.length > 0) throw conflictError(remaining);
}

function stampEntry(managed: ManagedFields, manager: Manager, time: Time): ManagedFields {
  const id = managerId(manager);
  const entry = managed.get(id);
  return entry === undefined ? managed : new Map(managed).set(id, withTime(entry, time));
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
