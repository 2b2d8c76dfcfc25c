import { equalJson, isJsonObject, setField } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { type Atom, atomOf, type ListAtom, type MapAtom, type TypedAs, typedAs } from "./atom.ts";
import { elementOf, isSameElement } from "./list-element.ts";
import type { PathElement } from "./path-element.ts";

/**
 * The live object with everything that the applied configuration says. Nothing is removed. Lists with keys and sets
 * have the order of the configuration where it has an element, and the live order where it has none. The values
 * must be valid for the schema. What the configuration does not change is the live value itself.
 */
export function mergeTyped(schema: Schema, live: unknown, applied: unknown): unknown {
  return merge(typedAs(schema), live, applied);
}

function merge(type: TypedAs, live: unknown, applied: unknown): unknown {
  if (live === undefined) return applied;
  if (applied === undefined) return live;
  const atom = atomOf(type, applied ?? live);
  if (atom.kind === "scalar" || atom.isAtomic || (isEmpty(atom, live) && isEmpty(atom, applied))) {
    return equalJson(live, applied) ? live : applied;
  }
  return atom.kind === "map" ? mergeMap(atom, live, applied) : mergeItems(atom, live, applied);
}

/** A configuration with null or nothing in a structure leaves it as it is. */
function mergeMap(atom: MapAtom, live: unknown, applied: unknown): unknown {
  if (!isJsonObject(applied)) return live;
  if (!isJsonObject(live)) return applied;
  let merged: Record<string, unknown> | undefined;
  for (const name of Object.keys(applied)) {
    const type = atom.typeOf(name);
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    const after = type === undefined ? before : merge(type, before, applied[name]);
    if (after === before) continue;
    merged ??= { ...live };
    setField(merged, name, after);
  }
  return merged ?? live;
}

function mergeItems(list: ListAtom, live: unknown, applied: unknown): readonly unknown[] {
  const [before, change] = [listOf(live), listOf(applied)];
  const merged = isAligned(list, before, change)
    ? change.map((item, index) => merge(list.items, before[index], item))
    : mergeUnaligned(list, before, change);
  return isSameList(merged, before) ? before : merged;
}

/** Whether both lists have the same elements in the same order, as when somebody applies what they applied before. */
function isAligned(list: ListAtom, live: readonly unknown[], applied: readonly unknown[]): boolean {
  return (
    live.length === applied.length && applied.every((item, index) => isSameElement(list, item, live[index]))
  );
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function mergeUnaligned(
  list: ListAtom,
  live: readonly unknown[],
  applied: readonly unknown[],
): readonly unknown[] {
  const left = indexList(list, live);
  const right = indexList(list, applied);
  return mergeOrder(left, right).map(({ element, item, isApplied }) =>
    isApplied && element !== undefined ? merge(list.items, left.unique.get(element), item) : item,
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

function indexList(list: ListAtom, values: readonly unknown[]): IndexedList {
  const items = values.map((item): ListItem => ({ element: elementOf(list, item), item }));
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
