import type { Time } from "../generated/meta-v1.ts";
import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import {
  createManagedFields,
  type FieldManagerType,
  managedFieldsOf,
  objectBefore,
  updateManagedFields,
  versionedTypesOf,
  withManagedFields,
  withoutManagedFields,
} from "./field-manager.ts";
import {
  type ManagedFields,
  type Manager,
  NO_MANAGED_FIELDS,
  parseManagedFields,
  parseStoredFields,
} from "./managed-fields.ts";

export interface TrackUpdateOptions {
  readonly type: FieldManagerType;
  /** Undefined when the object is created. */
  readonly live: JsonObject | undefined;
  /** What is going to be stored, decoded and with defaults. */
  readonly next: JsonObject;
  /** `fieldManager` of the request, or what its user agent says. */
  readonly manager: string;
  readonly time: Time;
}

/**
 * The next object with its managed fields, for every request but apply: who changes or adds a field owns it. The
 * request's own managed fields count where it has usable ones, so that a client can write them; a single empty entry
 * removes all. An existing object without managed fields stays without.
 */
export function trackUpdate({ type, live, next, manager, time }: TrackUpdateOptions): JsonObject {
  const managed = managedBefore(live, next, type.subresource ?? "");
  const after = withoutManagedFields(next);
  if (managed.size === 0 && live !== undefined) return after;
  const tracking = { types: versionedTypesOf(type), manager: updaterOf(type, manager), time };
  if (managed.size === 0) return withManagedFields(after, createManagedFields(after, tracking));
  const change = { before: objectBefore(live, type.schema), after };
  return withManagedFields(after, updateManagedFields(change, managed, tracking));
}

export function updaterOf({ apiVersion, subresource = "" }: FieldManagerType, name: string): Manager {
  return { name: name === "" ? "unknown" : name, operation: "Update", apiVersion, subresource };
}

/** Through a subresource nobody can write managed fields. */
function managedBefore(live: JsonObject | undefined, next: JsonObject, subresource: string): ManagedFields {
  const stored = managedFieldsOf(live);
  const sent = managedFieldsOf(next);
  if (subresource === "" && !equalJson(stored, sent)) {
    if (isReset(sent)) return NO_MANAGED_FIELDS;
    const managed = parseOrNone(sent, parseManagedFields);
    if (managed.size > 0) return managed;
  }
  return parseOrNone(stored, parseStoredFields);
}

/**
 * A document that has an empty list of managed fields, which is lost when it is decoded, with the one empty entry that
 * means the same; any other as it is.
 */
export function keepReset(document: unknown): unknown {
  if (!isJsonObject(document)) return document;
  const entries = managedFieldsOf(document);
  if (!Array.isArray(entries) || entries.length > 0) return document;
  const { metadata } = document;
  return { ...document, metadata: { ...(isJsonObject(metadata) && metadata), managedFields: [{}] } };
}

function isReset(entries: unknown): boolean {
  if (!Array.isArray(entries) || entries.length !== 1) return false;
  const [entry] = entries as readonly unknown[];
  return isJsonObject(entry) && Object.keys(entry).length === 0;
}

function parseOrNone(entries: unknown, parse: (entries: unknown) => ManagedFields): ManagedFields {
  try {
    return parse(entries);
  } catch (error) {
    if (error instanceof SyntaxError) return NO_MANAGED_FIELDS;
    throw error;
  }
}

/**
 * The next object, with the live one's times of managed fields when nothing else is different: an update that
 * changes nothing must not be stored (apiserver `handlers/fieldmanager/equality.go`).
 */
export function keepTimes(live: JsonObject, next: JsonObject): JsonObject {
  const [before, after] = [managedFieldsOf(live), managedFieldsOf(next)];
  if (!Array.isArray(before) || !Array.isArray(after) || before.length !== after.length) return next;
  if (!equalJson(before.map(withoutTime), after.map(withoutTime))) return next;
  if (!equalJson(withoutManagedFields(live), withoutManagedFields(next))) return next;
  const { metadata } = next;
  return { ...next, metadata: { ...(isJsonObject(metadata) && metadata), managedFields: before } };
}

function withoutTime(entry: unknown): unknown {
  if (!isJsonObject(entry)) return entry;
  const { time: _, ...rest } = entry;
  return rest;
}
