import { isJsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { atomOf, declaresField, entrySchema, type ListAtom, type MapAtom } from "./atom.ts";
import type { FieldSet } from "./field-set.ts";
import { tryElementOf } from "./list-element.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

export interface ToFieldSetOptions {
  /**
   * For objects as they are stored: an empty list in a field that is always written is the null of a Go server, and
   * a member of the set like every null. In a configuration it says nothing.
   */
  readonly isStored?: boolean;
}

/**
 * Everything that a value says: its leaves, atomic structures among them, the elements of its lists and the entries
 * of its maps. List elements that cannot be told apart are one path, and nothing below it.
 */
export function toFieldSet(
  schema: Schema,
  value: unknown,
  { isStored = false }: ToFieldSetOptions = {},
): FieldSet {
  return nodeOf(schema, value, isStored).children;
}

interface MutableNode {
  isMember: boolean;
  readonly children: Map<PathElement, MutableNode>;
}

function nodeOf(schema: Schema, value: unknown, isStored: boolean): MutableNode {
  const node: MutableNode = { isMember: false, children: new Map() };
  const atom = atomOf(schema, value);
  if (atom.kind === "scalar" || atom.isAtomic) node.isMember = true;
  else if (atom.kind === "map") addEntries(node, atom, value, isStored);
  else addElements(node, atom, value, isStored);
  return node;
}

function addEntries(node: MutableNode, atom: MapAtom, value: unknown, isStored: boolean): void {
  if (!isJsonObject(value)) return;
  for (const [name, each] of Object.entries(value)) {
    const schema = entrySchema(atom, name);
    if (schema === undefined || each === undefined) continue;
    const below = nodeOf(schema, each, isStored);
    const isNull = isEmptyValue(each) || (isStored && Array.isArray(each) && each.length === 0);
    if (isNull || !declaresField(atom, name)) below.isMember = true;
    if (below.isMember || below.children.size > 0) node.children.set(fieldElement(name), below);
  }
}

function addElements(node: MutableNode, { schema }: ListAtom, value: unknown, isStored: boolean): void {
  if (!Array.isArray(value)) return;
  for (const item of value as readonly unknown[]) {
    const element = tryElementOf(schema, item);
    if (element === undefined) continue;
    const known = node.children.get(element);
    if (known === undefined)
      node.children.set(element, { ...nodeOf(schema.items, item, isStored), isMember: true });
    else known.children.clear();
  }
}

function isEmptyValue(value: unknown): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}
