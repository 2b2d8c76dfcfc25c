import { goValue, quote } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { ListAtom, ListKey } from "./atom.ts";
import { type PathElement, scalarJson, valueElement } from "./path-element.ts";

/** The step to an element of a list with keys or of a set; undefined where `elementProblem` says something. */
export function elementOf(list: ListAtom, item: unknown): PathElement | undefined {
  if (list.keyNames.length > 0) return isJsonObject(item) ? keyedElement(list.keys, item) : undefined;
  return typeof item === "object" ? undefined : valueElement(item);
}

function keyedElement(keys: readonly ListKey[], item: JsonObject): PathElement | undefined {
  let fields = "";
  for (const key of keys) {
    const value = keyOf(key, item);
    if (value !== undefined) fields += `${fields === "" ? "" : ","}${key.label}:${scalarJson(value)}`;
  }
  return fields === "" ? undefined : `k:{${fields}}`;
}

/** Null is a value too, although no stored element has it. */
function keyOf({ name, default: absent }: ListKey, item: JsonObject): unknown {
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  return value === undefined ? absent : value;
}

/** Whether two elements are the same element of a list, which they are not when they have no step. */
export function isSameElement(list: ListAtom, a: unknown, b: unknown): boolean {
  if (list.keyNames.length === 0) return a === b && typeof a !== "object";
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  let hasKey = false;
  for (const key of list.keys) {
    const value = keyOf(key, a);
    if (typeof value === "object" || value !== keyOf(key, b)) return false;
    if (value !== undefined) hasKey = true;
  }
  return hasKey;
}

/** Why an element cannot be told apart from others, in the words of structured-merge-diff. */
export function elementProblem({ keyNames }: ListAtom, item: unknown): string {
  const isKeyed = keyNames.length > 0;
  if (item === null || item === undefined) {
    return isKeyed
      ? "associative list with keys may not have a null element"
      : "associative list without keys has an element that's an explicit null";
  }
  if (isKeyed && !isJsonObject(item)) return "associative list with keys may not have non-map elements";
  if (Array.isArray(item)) return "not supported: associative list with lists as elements";
  if (!isKeyed) return "associative list without keys has an element that's a map type";
  const keys = goValue(keyNames.map(quote));
  return `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`;
}
