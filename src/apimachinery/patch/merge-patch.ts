import { isJsonObject, type JsonObject } from "../json-value.ts";
import { badRequest } from "../status-error.ts";
import { checkPatch } from "./patch-document.ts";

/**
 * Applies a JSON Merge Patch (RFC 7386): null removes a field, objects are merged, everything else replaces. The
 * result shares with document and patch what it takes over. Throws a 400 `StatusError` for a patch that is no object.
 */
export function applyMergePatch(document: unknown, patch: unknown): JsonObject {
  if (!isJsonObject(patch)) throw badRequest("Invalid JSON Patch");
  checkPatch(patch);
  return mergeObjects(isJsonObject(document) ? document : {}, patch);
}

function mergeObjects(document: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(document));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, mergeValue(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** What is new loses its nulls, inside lists too: they have nothing to remove. */
function mergeValue(value: unknown, patch: unknown): unknown {
  if (Array.isArray(patch))
    return patch.map((each) => (isJsonObject(each) ? mergeObjects({}, each) : (each as unknown)));
  return isJsonObject(patch) ? mergeObjects(isJsonObject(value) ? value : {}, patch) : patch;
}
