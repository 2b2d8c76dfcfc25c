import { isJsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { type Atom, atomOf, type ListAtom, type MapAtom, type TypedAs, typedAs } from "./atom.ts";
import { type LeftOut, NOTHING_LEFT_OUT } from "./created-fields.ts";
import { type FieldSet, isEmptySet, isMember, SELF } from "./field-set.ts";
import { elementOf } from "./list-element.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/**
 * Whether these are the fields that `toFieldSet` finds in a configuration, without what is left out. Most who apply
 * something have applied the same fields before, so no set is made to find that out. The configuration must be valid for
 * the schema.
 */
export function saysExactly(schema: Schema, value: unknown, fields: FieldSet, leftOut: LeftOut): boolean {
  const [node, trees, paths] = [fields, leftOut.trees, leftOut.paths].map(unlessEmpty);
  return hasNode(typedAs(schema), value, { node, isItself: false, leftOut: { trees, paths } });
}

/** The root of a set is no member. */
function unlessEmpty(set: FieldSet | undefined): FieldSet | undefined {
  return set === undefined || isEmptySet(set) ? undefined : set;
}

interface Expected {
  /** What the set has at this place. */
  readonly node: FieldSet | undefined;
  /** Whether the value is a member even if there is something in it. */
  readonly isItself: boolean;
  readonly leftOut: LeftOut;
}

function hasNode(type: TypedAs, value: unknown, { node, isItself, leftOut }: Expected): boolean {
  const { trees, paths } = leftOut;
  if (trees !== undefined && isMember(trees)) return node === undefined;
  const atom = atomOf(type, value);
  const isLeaf = atom.kind === "scalar" || atom.isAtomic;
  const isNoted = (isLeaf || isItself) && (paths === undefined || !isMember(paths));
  if (isNoted !== (node !== undefined && isMember(node))) return false;
  return entriesOf(node) === (isLeaf ? 0 : commonEntries(atom, value, node, leftOut));
}

function entriesOf(node: FieldSet | undefined): number {
  let count = 0;
  for (const element in node) if (element !== SELF) count++;
  return count;
}

/** How many entries of a node are what is in a value; none of them when something else is in it. */
function commonEntries(atom: Atom, value: unknown, node: FieldSet | undefined, leftOut: LeftOut): number {
  if (atom.kind === "map") return commonFields(atom, value, node, leftOut);
  return atom.kind === "list" ? commonItems(atom, value, node, leftOut) : 0;
}

const OTHERS = -1;

function commonFields(atom: MapAtom, value: unknown, node: FieldSet | undefined, leftOut: LeftOut): number {
  if (!isJsonObject(value)) return 0;
  let count = 0;
  for (const name of Object.keys(value)) {
    const each = value[name];
    const field = atom.fields.get(name);
    const type = field?.type ?? atom.typeOf(name);
    if (type === undefined || each === undefined) continue;
    const element = field?.element ?? fieldElement(name);
    const below = node?.[element];
    const isItself = field === undefined || isNothing(each);
    const expected = { node: below, isItself, leftOut: leftOutBelow(leftOut, element) };
    if (!hasNode(type, each, expected)) return OTHERS;
    if (below !== undefined) count++;
  }
  return count;
}

function commonItems(list: ListAtom, value: unknown, node: FieldSet | undefined, leftOut: LeftOut): number {
  if (!Array.isArray(value)) return 0;
  let count = 0;
  for (const item of value as readonly unknown[]) {
    const element = elementOf(list, item);
    if (element === undefined) continue;
    const below = node?.[element];
    const expected = { node: below, isItself: true, leftOut: leftOutBelow(leftOut, element) };
    if (!hasNode(list.items, item, expected)) return OTHERS;
    if (below !== undefined) count++;
  }
  return count;
}

function leftOutBelow(leftOut: LeftOut, element: PathElement): LeftOut {
  if (leftOut === NOTHING_LEFT_OUT) return leftOut;
  const [trees, paths] = [leftOut.trees?.[element], leftOut.paths?.[element]];
  return trees || paths ? { trees, paths } : NOTHING_LEFT_OUT;
}

/** A field with nothing in it is a member all the same. */
function isNothing(value: unknown): boolean {
  return value === null || (isJsonObject(value) && isEmptySet(value as FieldSet));
}
