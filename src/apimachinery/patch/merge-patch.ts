import { isJsonObject, type JsonObject } from "../json-value.ts";
import { badRequest } from "../status-error.ts";
import { checkPatch } from "./check-patch.ts";

/**
 * Applies a JSON Merge Patch (RFC 7386): null removes a field, objects are merged, everything else replaces. The
 * result shares with document and patch what it takes over. Throws a 400 `StatusError` for a patch that is no object.
 */
export function applyMergePatch(document: unknown, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw badRequest("Invalid JSON Patch");
  checkPatch(patch);
  return isJsonObject(document) ? mergeObjects(document, patch) : withoutNulls(patch);
}

function mergeObjects(document: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(document));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** As upstream, a list that takes the place of an object keeps what is in it. */
function mergeValue(value: unknown, patch: unknown): unknown {
  if (!isJsonObject(value)) return withoutNulls(patch);
  return isJsonObject(patch) ? mergeObjects(value, patch) : patch;
}

/** What is new loses the nulls of its objects, in lists too: they have nothing to remove. */
function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null && each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)])) as T;
}
