/**
 * Decoding beside an object that was decoded before. What is the same in both is that object's own, so that whoever
 * compares, freezes or copies the result can leave it alone.
 */
import { isJsonObject, type JsonObject } from "../json-value.ts";

/** The known object when the new one has the very same fields. */
export function knownIfSame(fields: JsonObject, known: unknown): JsonObject {
  if (!isJsonObject(known)) return fields;
  let count = 0;
  for (const name in fields) {
    if (fields[name] !== known[name]) return fields;
    count++;
  }
  for (const _ in known) count--;
  return count === 0 ? known : fields;
}

/** The known list when the new one has the very same elements. */
export function knownListIfSame(list: readonly unknown[], known: readonly unknown[]): readonly unknown[] {
  if (list.length !== known.length) return list;
  for (const [index, each] of list.entries()) if (each !== known[index]) return list;
  return known;
}

/** The known elements; none where something else was there. */
export function listOf(known: unknown): readonly unknown[] {
  return Array.isArray(known) ? known : NO_ITEMS;
}

const NO_ITEMS: readonly unknown[] = [];

export function fieldOf(known: unknown, name: string): unknown {
  return isJsonObject(known) && Object.hasOwn(known, name) ? known[name] : undefined;
}
