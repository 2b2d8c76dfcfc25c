import { isJsonObject, type JsonObject, setField } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { atomOf, entryElement, type ListAtom, type MapAtom, type TypedAs, typedAs } from "./atom.ts";
import {
  elementsOf,
  type FieldSet,
  isEmptySet,
  isMember,
  MEMBER,
  type MutableSet,
  SELF,
} from "./field-set.ts";
import { elementOf } from "./list-element.ts";
import { fieldName, type PathElement } from "./path-element.ts";

/** The value without the members of the set. A structure that loses everything is null, an atomic one stays whole. */
export function removeItems(schema: Schema, value: unknown, set: FieldSet): unknown {
  return isEmptySet(set) ? value : remove(typedAs(schema), value, set);
}

function remove(type: TypedAs, value: unknown, set: FieldSet): unknown {
  const atom = atomOf(type, value);
  if (atom.kind === "scalar") return value;
  if (atom.isAtomic) return null;
  return atom.kind === "map" ? removeEntries(atom, value, set) : removeElements(atom, value, set);
}

function removeEntries(atom: MapAtom, value: unknown, set: FieldSet): JsonObject | null {
  const kept: Record<string, unknown> = {};
  let isEmpty = true;
  for (const [name, each] of Object.entries(isJsonObject(value) ? value : {})) {
    const node = set[entryElement(atom, name)];
    if (node !== undefined && isMember(node)) continue;
    const type = atom.typeOf(name);
    setField(kept, name, node === undefined || type === undefined ? each : remove(type, each, node));
    isEmpty = false;
  }
  return isEmpty ? null : kept;
}

function removeElements(list: ListAtom, value: unknown, set: FieldSet): readonly unknown[] | null {
  const kept: unknown[] = [];
  for (const item of Array.isArray(value) ? (value as readonly unknown[]) : []) {
    const element = elementOf(list, item);
    const node = element === undefined ? undefined : set[element];
    if (node !== undefined && isMember(node)) continue;
    kept.push(node === undefined ? item : remove(list.items, item, node));
  }
  return kept.length === 0 ? null : kept;
}

/**
 * The set with the fields of structs that lead to its members. Such fields are not members by themselves, but when
 * nobody owns anything in a struct any more, the struct goes too.
 */
export function withNamedFields(schema: Schema, set: FieldSet): FieldSet {
  return nameFields(typedAs(schema), set, false);
}

function nameFields(type: TypedAs | undefined, set: FieldSet, isItself: boolean): FieldSet {
  const named: MutableSet = isItself ? { [SELF]: MEMBER } : {};
  for (const element of elementsOf(set)) {
    const node = set[element] as FieldSet;
    if (isEmptySet(node)) named[element] = node;
    else
      named[element] = nameFields(typeBelow(type, element), node, isMember(node) || isNamed(type, element));
  }
  return named;
}

function isNamed(type: TypedAs | undefined, element: PathElement): boolean {
  const name = fieldName(element);
  return type?.kind === "map" && name !== undefined && type.fields.has(name);
}

function typeBelow(type: TypedAs | undefined, element: PathElement): TypedAs | undefined {
  if (type === undefined) return undefined;
  const name = fieldName(element);
  if (name !== undefined) {
    const atom = atomOf(type, {});
    return atom.kind === "map" ? atom.typeOf(name) : undefined;
  }
  return element.startsWith("k:") && type.kind === "list" ? type.items : undefined;
}
