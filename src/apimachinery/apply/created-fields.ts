import { EMPTY_LIST } from "../codec/zero.ts";
import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { type Atom, atomOf, entrySchema, type ListAtom, type MapAtom } from "./atom.ts";
import type { FieldSet } from "./field-set.ts";
import { tryElementOf } from "./list-element.ts";
import { comparePathElements, fieldElement, type PathElement } from "./path-element.ts";

/** What is left out of a set: with everything below it, or only itself. */
export interface LeftOut {
  readonly trees: FieldSet | undefined;
  readonly paths: FieldSet | undefined;
}

/** A node of FieldsV1; an empty one is a member of the set, one with children only if it has the entry `.`. */
type Fields = JsonObject;

const MEMBER: Fields = Object.freeze({});
const NOTHING_LEFT_OUT: LeftOut = { trees: undefined, paths: undefined };

/**
 * The FieldsV1 of who creates an object: all that differs from the object `before` anything is set, which has
 * nothing but zero values. It is what `compareTyped` finds to be modified or added, written down in one pass, because
 * this is on the way of every create. Undefined when that is nothing.
 */
export function createdFields(
  schema: Schema,
  before: JsonObject,
  after: JsonObject,
  leftOut: LeftOut,
): Fields | undefined {
  return changedNode(schema, before, after, leftOut);
}

/** `before` is a zero value: structs of zero values, empty lists and maps, scalars. */
function changedNode(schema: Schema, before: unknown, after: unknown, leftOut: LeftOut): Fields | undefined {
  const atom = atomOf(schema, after);
  if (atomOf(schema, before).kind !== atom.kind) return addedNode(schema, after, leftOut);
  if (isLeaf(atom, after) && (atom.kind === "scalar" || atom.isAtomic || isEmpty(before))) {
    return equalJson(before, after) ? undefined : MEMBER;
  }
  const children = childrenOf(atom, isJsonObject(before) ? before : undefined, after, leftOut);
  return hasFields(children) ? children : undefined;
}

function addedNode(schema: Schema, value: unknown, leftOut = NOTHING_LEFT_OUT): Fields {
  const atom = atomOf(schema, value);
  if (isLeaf(atom, value)) return MEMBER;
  const children = childrenOf(atom, undefined, value, leftOut);
  return hasFields(children) ? { ".": MEMBER, ...children } : MEMBER;
}

/** Empty structures are leaves, so that null and empty remain different. */
function isLeaf(atom: Atom, value: unknown): boolean {
  return atom.kind === "scalar" || atom.isAtomic || isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : !isJsonObject(value) || !hasFields(value);
}

function hasFields(fields: JsonObject): boolean {
  for (const _ in fields) return true;
  return false;
}

function childrenOf(atom: Atom, before: JsonObject | undefined, after: unknown, leftOut: LeftOut): Fields {
  if (atom.kind === "map") return isJsonObject(after) ? entriesOf(atom, before, after, leftOut) : MEMBER;
  return atom.kind === "list" ? elementsOf(atom, Array.isArray(after) ? after : EMPTY_LIST) : MEMBER;
}

function entriesOf(
  atom: MapAtom,
  before: JsonObject | undefined,
  after: JsonObject,
  leftOut: LeftOut,
): Fields {
  const fields: Record<PathElement, Fields> = {};
  for (const name of Object.keys(after).sort()) {
    const [value, schema] = [after[name], entrySchema(atom, name)];
    if (value === undefined || schema === undefined) continue;
    const element = fieldElement(name);
    const zero = before !== undefined && Object.hasOwn(before, name) ? before[name] : undefined;
    const node = entryNode({ element, schema, zero, value }, leftOut);
    if (node !== undefined) fields[element] = node;
  }
  return fields;
}

interface Entry {
  readonly element: PathElement;
  readonly schema: Schema;
  readonly zero: unknown;
  readonly value: unknown;
}

function entryNode({ element, schema, zero, value }: Entry, leftOut: LeftOut): Fields | undefined {
  const [tree, path] = [leftOut.trees?.get(element), leftOut.paths?.get(element)];
  if (tree?.isMember === true) return undefined;
  const below = tree || path ? { trees: tree?.children, paths: path?.children } : NOTHING_LEFT_OUT;
  const node = zero === undefined ? addedNode(schema, value, below) : changedNode(schema, zero, value, below);
  return path?.isMember === true ? withoutItself(node) : node;
}

function withoutItself(node: Fields | undefined): Fields | undefined {
  if (node === undefined) return undefined;
  const { ".": _, ...children } = node;
  return hasFields(children) ? children : undefined;
}

/** Elements that cannot be told apart are one path, and nothing below it. */
function elementsOf({ schema }: ListAtom, items: readonly unknown[]): Fields {
  const nodes = new Map<PathElement, Fields>();
  for (const item of items) {
    const element = tryElementOf(schema, item);
    if (element === undefined) continue;
    nodes.set(element, nodes.has(element) ? MEMBER : addedNode(schema.items, item));
  }
  const sorted = nodes.size > 1 ? [...nodes].sort(([a], [b]) => comparePathElements(a, b)) : nodes;
  return Object.fromEntries(sorted);
}
