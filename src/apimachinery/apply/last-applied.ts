import { canonicalJson } from "../hash-object.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { compareTyped } from "./compare.ts";
import type { Conflict } from "./conflict.ts";
import type { FieldManagerType } from "./field-manager.ts";
import { difference, EMPTY_SET, type FieldSet, hasPath } from "./field-set.ts";
import { toFieldSet } from "./to-field-set.ts";
import { validateTyped } from "./validate-typed.ts";

/** Where client-side apply keeps what it has applied. */
export const LAST_APPLIED_ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/** The only applier who takes over from client-side apply. */
export const KUBECTL_MANAGER = "kubectl";

/** All annotations of an object together (apimachinery `api/validation/objectmeta.go`). */
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/**
 * The conflicts that remain when kubectl turns from client-side to server-side apply: what it has applied before,
 * and nobody has changed since, is its own.
 */
export function conflictsAfterMigration(
  conflicts: readonly Conflict[],
  live: JsonObject,
  { schema, apiVersion }: FieldManagerType,
): readonly Conflict[] {
  const owned = lastAppliedFields(live, schema, apiVersion);
  return conflicts.filter(({ path }) => !hasPath(owned, path));
}

function lastAppliedFields(
  live: JsonObject,
  schema: FieldManagerType["schema"],
  apiVersion: string,
): FieldSet {
  const text = annotationsOf(live)[LAST_APPLIED_ANNOTATION];
  const applied = typeof text === "string" ? parse(text) : undefined;
  if (!isJsonObject(applied) || applied["apiVersion"] !== apiVersion) return EMPTY_SET;
  if (validateTyped(schema, applied).length > 0) return EMPTY_SET;
  const { added, modified, removed } = compareTyped(schema, applied, live);
  return [modified, added, removed].reduce(difference, toFieldSet(schema, applied));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The object with its client-side apply annotation, if it has one, brought up to date. */
export function refreshLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const annotations = annotationsOf(object);
  const current = annotations[LAST_APPLIED_ANNOTATION];
  if (typeof current !== "string" || current === "") return object;
  const next = {
    ...annotations,
    [LAST_APPLIED_ANNOTATION]: `${canonicalJson(withoutAnnotation(applied))}\n`,
  };
  const { [LAST_APPLIED_ANNOTATION]: _, ...others } = annotations;
  return withAnnotations(object, sizeOf(next) > MAX_ANNOTATIONS_BYTES ? others : next);
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const { [LAST_APPLIED_ANNOTATION]: last, ...others } = annotationsOf(applied);
  return last === undefined ? applied : withAnnotations(applied, others);
}

function annotationsOf({ metadata }: JsonObject): JsonObject {
  const annotations = isJsonObject(metadata) ? metadata["annotations"] : undefined;
  return isJsonObject(annotations) ? annotations : {};
}

function withAnnotations(object: JsonObject, annotations: JsonObject): JsonObject {
  const { metadata } = object;
  return { ...object, metadata: { ...(isJsonObject(metadata) && metadata), annotations } };
}

function sizeOf(annotations: JsonObject): number {
  return Object.entries(annotations).reduce(
    (size, [name, value]) => size + Buffer.byteLength(name) + Buffer.byteLength(String(value)),
    0,
  );
}
