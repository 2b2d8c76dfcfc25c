import { goString, goTypeOf, goValue } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { type StatusError, unclassified, unprocessable } from "../status-error.ts";
import { badPatchType, PATCH } from "./strategic-directives.ts";

export type JsonList = readonly unknown[];

/** Merges an element that both lists have. */
export type MergeElement = (original: JsonObject, patch: JsonObject) => JsonObject;

/** How the elements of a list are told apart: by a field of theirs, or scalars by themselves (the empty key). */
export interface ListMerge {
  readonly mergeKey: string;
  /** What Go calls the kind of the elements. */
  readonly kind: string;
  readonly mergeElement: MergeElement;
}

/**
 * Merges a list with a merge strategy. Elements of the patch are in the patch's order; the others keep theirs and
 * stay between the same neighbours as far as both orders allow.
 */
export function mergeList(
  original: JsonList,
  patch: JsonList,
  { mergeKey, kind, mergeElement }: ListMerge,
): JsonList {
  if (original.length === 0 && patch.length === 0) return original;
  if (checkElementTypes(original, patch) !== "map[string]interface {}") {
    const merged = [...new Set([...original, ...patch])];
    if (mergeKey !== "") checkElements(merged, patch, mergeKey);
    return orderElements(merged, { order: patch, liveOrder: original, mergeKey: "" });
  }
  if (mergeKey === "") throw keyMissing(kind);
  const { kept, changes } = applyElementDirectives(original, patch, mergeKey);
  const merged = mergeElements(kept, changes, mergeKey, mergeElement);
  return orderElements(merged, { order: changes, liveOrder: kept, mergeKey });
}

/** `$deleteFromPrimitiveList`. */
export function deleteFromList(original: JsonList, values: JsonList, kind: string): JsonList {
  if (original.length === 0 && values.length === 0) return original;
  if (checkElementTypes(original, values) === "map[string]interface {}") throw keyMissing(kind);
  const deleted = new Set(values);
  return original.filter((each) => !deleted.has(each));
}

export interface ElementOrder {
  /** Elements, or objects with nothing but the merge key, in the order that the patch asks for. */
  readonly order: JsonList;
  readonly liveOrder: JsonList;
  readonly mergeKey: string;
}

/** Puts the elements that the patch orders into its order, and the rest between them in the live order. */
export function orderElements(merged: JsonList, { order, liveOrder, mergeKey }: ElementOrder): JsonList {
  const wanted = indexElements(order, mergeKey);
  const live = indexElements(liveOrder, mergeKey);
  const key = (element: unknown): unknown => keyOf(element, mergeKey);
  const byIndex = (index: ReadonlyMap<unknown, number>) => (a: unknown, b: unknown) =>
    (index.get(key(a)) ?? -1) - (index.get(key(b)) ?? -1);
  const ordered = merged.filter((each) => wanted.has(key(each))).toSorted(byIndex(wanted));
  const others = merged.filter((each) => !wanted.has(key(each))).toSorted(byIndex(live));
  return interleave(others, ordered, (element) => live.get(key(element)) ?? -1);
}

/**
 * The live order by which elements that the patch does not name find their place. New elements take the places of
 * deleted ones at its end: upstream merges in the memory of the live list, and its results depend on it.
 */
export function liveOrderOf(original: JsonList, merged: JsonList, mergeKey: string): JsonList {
  const before = new Set(original.map((each) => keyOf(each, mergeKey)));
  const after = new Set(merged.map((each) => keyOf(each, mergeKey)));
  const kept = original.filter((each) => after.has(keyOf(each, mergeKey)));
  const added = merged.filter((each) => !before.has(keyOf(each, mergeKey)));
  return [...kept, ...added.slice(0, original.length - kept.length)];
}

/** Both lists keep their order; an element of `others` goes before the first of `ordered` that it preceded. */
function interleave(others: JsonList, ordered: JsonList, liveIndex: (element: unknown) => number): JsonList {
  const result: unknown[] = [];
  let next = 0;
  for (const element of ordered) {
    while (next < others.length && precedes(liveIndex(others[next]), liveIndex(element))) {
      result.push(others[next++]);
    }
    result.push(element);
  }
  return [...result, ...others.slice(next)];
}

function precedes(index: number, other: number): boolean {
  return index >= 0 && other >= 0 && index < other;
}

function keyMissing(kind: string): StatusError {
  return unclassified(`cannot merge lists without merge key for ${kind}`);
}

/** Fails unless every element of the patch list is in the order list, and in the same order. */
export function checkElementOrder(patch: JsonList, order: JsonList, mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  if (mergeKey !== "") for (const each of patch) requireObject(each);
  const elements = patch.filter((each) => !isJsonObject(each) || !Object.hasOwn(each, PATCH));
  let found = 0;
  for (const each of order) {
    if (found === elements.length) return;
    if (sameKey(elements[found], each, mergeKey)) found++;
  }
  if (found === elements.length) return;
  throw unclassified(
    `The order in patch list:\n${goValue(patch)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`,
  );
}

function sameKey(element: unknown, other: unknown, mergeKey: string): boolean {
  if (mergeKey === "") return element === other;
  return requiredKey(element, mergeKey) === requiredKey(other, mergeKey);
}

/** Fails unless all elements of a merged list, and those of the order that are looked at for them, are told apart by a key. */
export function checkElements(merged: JsonList, order: JsonList, mergeKey: string): void {
  if (mergeKey === "") return;
  for (const each of merged) {
    const key = requiredKey(each, mergeKey);
    for (const [index, other] of order.entries()) {
      if (!isJsonObject(other)) throw unclassified(`value for key ${String(index)} is not a map`);
      if (other[mergeKey] === key) break;
    }
  }
}

/** Elements whose patch says `delete` go; with a `replace` among them only the new elements stay. */
function applyElementDirectives(
  original: JsonList,
  patch: JsonList,
  mergeKey: string,
): { readonly kept: JsonList; readonly changes: JsonList } {
  const elements = patch.filter(isJsonObject);
  const changes = elements.filter((each) => !Object.hasOwn(each, PATCH));
  const directives = elements.filter((each) => Object.hasOwn(each, PATCH));
  const deleted = new Set<unknown>();
  for (const each of directives) {
    if (each[PATCH] === "delete") deleted.add(requiredKey(each, mergeKey));
    else if (each[PATCH] === "merge")
      throw unclassified("merging lists cannot yet be specified in the patch");
    else if (each[PATCH] !== "replace") throw badPatchType(each[PATCH], each);
  }
  if (directives.some((each) => each[PATCH] === "replace")) return { kept: changes, changes: [] };
  return { kept: original.filter((each) => !deleted.has(keyOf(each, mergeKey))), changes };
}

function mergeElements(
  original: JsonList,
  patch: JsonList,
  mergeKey: string,
  mergeElement: MergeElement,
): JsonList {
  const merged = [...original];
  const indices = indexElements(merged, mergeKey);
  for (const change of patch.filter(isJsonObject)) {
    const key = requiredKey(change, mergeKey);
    const index = indices.get(key);
    if (index === undefined) {
      indices.set(key, merged.length);
      merged.push(change);
    } else merged[index] = mergeElement(merged[index] as JsonObject, change);
  }
  return merged;
}

/** Where each key occurs first. */
function indexElements(elements: JsonList, mergeKey: string): Map<unknown, number> {
  const indices = new Map<unknown, number>();
  for (const [index, element] of elements.entries()) {
    const key = mergeKey === "" ? element : requiredKey(element, mergeKey);
    if (!indices.has(key)) indices.set(key, index);
  }
  return indices;
}

function keyOf(element: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return element;
  return isJsonObject(element) ? element[mergeKey] : undefined;
}

function requiredKey(element: unknown, mergeKey: string): unknown {
  const object = requireObject(element);
  const key = object[mergeKey];
  if (key !== undefined) return key;
  throw unclassified(`map: ${goValue(object)} does not contain declared merge key: ${mergeKey}`);
}

function requireObject(element: unknown): JsonObject {
  if (!isJsonObject(element)) throw wrongType("map[string]interface {}", element);
  return element;
}

/** The type that all elements have. Lists that mix types, lists of lists, and lists of nothing cannot be merged. */
export function checkElementTypes(...lists: readonly JsonList[]): string {
  let type: string | undefined;
  for (const each of lists.flat()) {
    const current = typeof each === "number" ? "number" : goTypeOf(each);
    if (type === undefined && current === "[]interface {}") {
      throw unprocessable(new Error("lists of lists are not supported"));
    }
    type ??= current;
    if (type !== current) throw unclassified(`list element types are not identical: ${goValue(lists)}`);
  }
  if (type === undefined) throw unclassified("no elements in any of the given slices");
  return type;
}

export function wrongType(expected: string, actual: unknown): StatusError {
  const type = actual === null || actual === undefined ? goString(actual) : goTypeOf(actual);
  return unclassified(`expected a ${expected}, but received a ${type}`);
}
