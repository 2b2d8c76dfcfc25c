import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import {
  type Atom,
  atomOf,
  entryElement,
  type ListAtom,
  type MapAtom,
  type TypedAs,
  typedAs,
} from "./atom.ts";
import { EMPTY_SET, type FieldSet, isEmptySet, isMember, MEMBER, nodeOf, SELF } from "./field-set.ts";
import { elementOf } from "./list-element.ts";
import { comparePathElements, type PathElement } from "./path-element.ts";

/** What is left out of a set: with everything below it, or only itself. */
export interface LeftOut {
  readonly trees: FieldSet | undefined;
  readonly paths: FieldSet | undefined;
}

export const NOTHING_LEFT_OUT: LeftOut = { trees: undefined, paths: undefined };

/**
 * What the creator of an object owns: all that differs from the object `before` anything is set, which has nothing
 * but zero values. It is what `compareTyped` finds to be modified or added, written down in one pass, because this is
 * on the way of every create.
 */
export function createdFields(
  schema: Schema,
  before: JsonObject,
  after: JsonObject,
  leftOut: LeftOut,
): FieldSet {
  return changedNode(typedAs(schema), before, after, leftOut) ?? EMPTY_SET;
}

/** `before` is a zero value: structs of zero values, empty lists and maps, scalars. */
function changedNode(type: TypedAs, before: unknown, after: unknown, leftOut: LeftOut): FieldSet | undefined {
  const atom = atomOf(type, after);
  if (atomOf(type, before).kind !== atom.kind) return addedNode(type, after, leftOut);
  if (isLeaf(atom, after) && (atom.kind === "scalar" || atom.isAtomic || isEmpty(before))) {
    return equalJson(before, after) ? undefined : MEMBER;
  }
  const entries = entriesBelow(atom, isJsonObject(before) ? before : undefined, after, leftOut);
  return entries.length === 0 ? undefined : nodeOf(false, entries);
}

function addedNode(type: TypedAs, value: unknown, leftOut = NOTHING_LEFT_OUT): FieldSet {
  const atom = atomOf(type, value);
  return isLeaf(atom, value) ? MEMBER : nodeOf(true, entriesBelow(atom, undefined, value, leftOut));
}

/** Empty structures are leaves, so that null and empty remain different. */
function isLeaf(atom: Atom, value: unknown): boolean {
  return atom.kind === "scalar" || atom.isAtomic || isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : !isJsonObject(value) || isEmptySet(value as FieldSet);
}

type Entry = readonly [PathElement, FieldSet];

const NO_ENTRIES: readonly Entry[] = [];

function entriesBelow(
  atom: Atom,
  before: JsonObject | undefined,
  after: unknown,
  leftOut: LeftOut,
): readonly Entry[] {
  if (atom.kind === "map")
    return isJsonObject(after) ? fieldEntries(atom, before, after, leftOut) : NO_ENTRIES;
  return atom.kind === "list" && Array.isArray(after) ? itemEntries(atom, after) : NO_ENTRIES;
}

function fieldEntries(
  atom: MapAtom,
  before: JsonObject | undefined,
  after: JsonObject,
  leftOut: LeftOut,
): readonly Entry[] {
  const entries: Entry[] = [];
  for (const name of Object.keys(after)) {
    const [value, type] = [after[name], atom.typeOf(name)];
    if (value === undefined || type === undefined) continue;
    const element = entryElement(atom, name);
    const zero = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
    const node = fieldNode({ element, type, zero, value }, leftOut);
    if (node !== undefined) entries.push([element, node]);
  }
  // All of them are fields.
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

interface NewField {
  readonly element: PathElement;
  readonly type: TypedAs;
  readonly zero: unknown;
  readonly value: unknown;
}

function fieldNode({ element, type, zero, value }: NewField, leftOut: LeftOut): FieldSet | undefined {
  if (leftOut === NOTHING_LEFT_OUT && zero === undefined) return addedNode(type, value);
  const [tree, path] = [leftOut.trees?.[element], leftOut.paths?.[element]];
  if (tree !== undefined && isMember(tree)) return undefined;
  const below = tree || path ? { trees: tree, paths: path } : NOTHING_LEFT_OUT;
  const node = zero === undefined ? addedNode(type, value, below) : changedNode(type, zero, value, below);
  return path !== undefined && isMember(path) ? withoutItself(node) : node;
}

function withoutItself(node: FieldSet | undefined): FieldSet | undefined {
  if (node === undefined) return undefined;
  const { [SELF]: _, ...below } = node;
  return isEmptySet(below) ? undefined : below;
}

/** Elements that cannot be told apart are one path, and nothing below it. */
function itemEntries(list: ListAtom, items: readonly unknown[]): readonly Entry[] {
  const nodes = new Map<PathElement, FieldSet>();
  for (const item of items) {
    const element = elementOf(list, item);
    if (element !== undefined) nodes.set(element, nodes.has(element) ? MEMBER : addedNode(list.items, item));
  }
  return nodes.size > 1 ? [...nodes].sort(([a], [b]) => comparePathElements(a, b)) : [...nodes];
}
