import { isJsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { atomOf, type ListAtom, type MapAtom, type TypedAs, typedAs } from "./atom.ts";
import { EMPTY_SET, type FieldSet, isEmptySet, MEMBER, nodeOf } from "./field-set.ts";
import { elementOf } from "./list-element.ts";
import { comparePathElements, fieldElement, type PathElement } from "./path-element.ts";

export interface ToFieldSetOptions {
  /**
   * For objects as they are stored: an empty list in a field that is always written is the null of a Go server, and
   * a member of the set like every null. In a configuration it says nothing.
   */
  readonly isStored?: boolean;
}

/**
 * Everything that a value says: its leaves, atomic structures among them, the elements of its lists and the entries
 * of its maps. List elements that cannot be told apart are one path, and nothing below it. What does not fit the type
 * is left out.
 */
export function toFieldSet(
  schema: Schema,
  value: unknown,
  { isStored = false }: ToFieldSetOptions = {},
): FieldSet {
  return fieldsIn(typedAs(schema), value, isStored) ?? EMPTY_SET;
}

/** What a value says besides being there; undefined for a leaf, and nothing in an empty structure. */
function fieldsIn(type: TypedAs, value: unknown, isStored: boolean): FieldSet | undefined {
  const atom = atomOf(type, value);
  if (atom.kind === "scalar" || atom.isAtomic) return undefined;
  return atom.kind === "map" ? entriesOf(atom, value, isStored) : itemsOf(atom, value, isStored);
}

type Entry = readonly [PathElement, FieldSet];

function entriesOf(atom: MapAtom, value: unknown, isStored: boolean): FieldSet {
  if (!isJsonObject(value)) return EMPTY_SET;
  const entries: Entry[] = [];
  for (const name of Object.keys(value)) {
    const each = value[name];
    const field = atom.fields.get(name);
    const type = field?.type ?? atom.typeOf(name);
    if (type === undefined || each === undefined) continue;
    const below = fieldsIn(type, each, isStored);
    const isItself = field === undefined || isNull(each, isStored && field.isAlwaysWritten);
    const node = toNode(below, isItself);
    if (node !== undefined) entries.push([field?.element ?? fieldElement(name), node]);
  }
  // All of them are fields.
  return entries.length === 0
    ? EMPTY_SET
    : nodeOf(
        false,
        entries.sort(([a], [b]) => (a < b ? -1 : 1)),
      );
}

function itemsOf(list: ListAtom, value: unknown, isStored: boolean): FieldSet {
  if (!Array.isArray(value)) return EMPTY_SET;
  const nodes = new Map<PathElement, FieldSet>();
  for (const item of value as readonly unknown[]) {
    const element = elementOf(list, item);
    if (element === undefined) continue;
    const node = nodes.has(element) ? MEMBER : toNode(fieldsIn(list.items, item, isStored), true);
    if (node !== undefined) nodes.set(element, node);
  }
  const entries = [...nodes];
  if (entries.length > 1) entries.sort(([a], [b]) => comparePathElements(a, b));
  return entries.length === 0 ? EMPTY_SET : nodeOf(false, entries);
}

/** Undefined when there is nothing to note. */
function toNode(below: FieldSet | undefined, isItself: boolean): FieldSet | undefined {
  if (below === undefined) return MEMBER;
  if (isEmptySet(below)) return isItself ? MEMBER : undefined;
  return isItself ? { ".": MEMBER, ...below } : below;
}

function isNull(value: unknown, isAlwaysWritten: boolean): boolean {
  if (Array.isArray(value)) return isAlwaysWritten && value.length === 0;
  return value === null || (isJsonObject(value) && isEmptySet(value as FieldSet));
}
