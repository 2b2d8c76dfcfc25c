import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { ListSchema, Schema } from "../schema.ts";
import { type Atom, atomOf, entrySchema, type ListAtom, type MapAtom } from "./atom.ts";
import { tryElementOf } from "./list-element.ts";
import type { PathElement } from "./path-element.ts";

/**
 * The live object with everything that the applied configuration says. Nothing is removed. Lists with keys and sets
 * have the order of the configuration where it has an element, and the live order where it has none. The values
 * must be valid for the schema. Undefined when nothing is left.
 */
export function mergeTyped(schema: Schema, live: unknown, applied: unknown): unknown {
  if (live === undefined) return applied;
  if (applied === undefined) return live;
  const atom = atomOf(schema, applied ?? live);
  if (atom.kind === "scalar" || atom.isAtomic || (isEmpty(atom, live) && isEmpty(atom, applied))) {
    return applied;
  }
  return atom.kind === "map" ? mergeMap(atom, live, applied) : mergeItems(atom, live, applied);
}

/** A configuration with null or nothing in a structure leaves it as it is. */
function mergeMap(atom: MapAtom, live: unknown, applied: unknown): JsonObject {
  if (!isJsonObject(applied)) return live as JsonObject;
  if (!isJsonObject(live)) return applied;
  const merged: [string, unknown][] = [];
  for (const [name, value] of Object.entries(live)) {
    const schema = entrySchema(atom, name);
    const change = Object.hasOwn(applied, name) ? applied[name] : undefined;
    merged.push([name, schema === undefined ? value : mergeTyped(schema, value, change)]);
  }
  for (const entry of Object.entries(applied)) if (!Object.hasOwn(live, entry[0])) merged.push(entry);
  return Object.fromEntries(merged);
}

function mergeItems({ schema }: ListAtom, live: unknown, applied: unknown): readonly unknown[] {
  const left = indexList(schema, listOf(live));
  const right = indexList(schema, listOf(applied));
  return mergeOrder(left, right).map(({ element, item, isApplied }) =>
    isApplied && element !== undefined ? mergeTyped(schema.items, left.unique.get(element), item) : item,
  );
}

interface ListItem {
  /** Undefined for an element without a key, which only a live list can have. */
  readonly element: PathElement | undefined;
  readonly item: unknown;
}

interface IndexedList {
  readonly items: readonly ListItem[];
  /** Elements by their step; undefined for one that occurs several times, which is not merged. */
  readonly unique: ReadonlyMap<PathElement | undefined, unknown>;
}

function indexList(schema: ListSchema, list: readonly unknown[]): IndexedList {
  const items = list.map((item): ListItem => ({ element: tryElementOf(schema, item), item }));
  const unique = new Map<PathElement | undefined, unknown>();
  for (const { element, item } of items) unique.set(element, unique.has(element) ? undefined : item);
  return { items, unique };
}

/**
 * Elements of the configuration come in its order, and what only the live list has stays where it was between the
 * shared elements that have the same order in both.
 */
function mergeOrder(live: IndexedList, applied: IndexedList): readonly (ListItem & { isApplied: boolean })[] {
  const shared = applied.items.filter(({ element }) => live.unique.has(element));
  const merged: (ListItem & { isApplied: boolean })[] = [];
  let taken = 0;
  let next = 0;
  for (const each of live.items) {
    if (!applied.unique.has(each.element)) merged.push({ ...each, isApplied: false });
    else if (each.element === shared[next]?.element) {
      next++;
      const end = applied.items.indexOf(shared[next - 1] ?? each, taken) + 1;
      merged.push(...applied.items.slice(taken, end).map((item) => ({ ...item, isApplied: true })));
      taken = end;
    }
  }
  return [...merged, ...applied.items.slice(taken).map((item) => ({ ...item, isApplied: true }))];
}

function isEmpty(atom: Atom, value: unknown): boolean {
  return atom.kind === "map"
    ? !isJsonObject(value) || Object.keys(value).length === 0
    : listOf(value).length === 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
