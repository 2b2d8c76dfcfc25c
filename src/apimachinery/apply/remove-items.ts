import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { Schema } from "../schema.ts";
import { atomOf, entrySchema, type ListAtom, type MapAtom } from "./atom.ts";
import { EMPTY_SET, type FieldSet } from "./field-set.ts";
import { tryElementOf } from "./list-element.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** The value without the members of the set. A structure that loses everything is null, an atomic one stays whole. */
export function removeItems(schema: Schema, value: unknown, set: FieldSet): unknown {
  if (set.size === 0) return value;
  const atom = atomOf(schema, value);
  if (atom.kind === "scalar") return value;
  if (atom.isAtomic) return null;
  return atom.kind === "map" ? removeEntries(atom, value, set) : removeElements(atom, value, set);
}

function removeEntries(atom: MapAtom, value: unknown, set: FieldSet): JsonObject | null {
  const kept: [string, unknown][] = [];
  for (const [name, each] of Object.entries(isJsonObject(value) ? value : {})) {
    const node = set.get(fieldElement(name));
    if (node?.isMember === true) continue;
    const schema = entrySchema(atom, name);
    const below = node?.children ?? EMPTY_SET;
    kept.push([name, schema === undefined ? each : removeItems(schema, each, below)]);
  }
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

function removeElements({ schema }: ListAtom, value: unknown, set: FieldSet): readonly unknown[] | null {
  const kept: unknown[] = [];
  for (const item of Array.isArray(value) ? (value as readonly unknown[]) : []) {
    const element = tryElementOf(schema, item);
    const node = element === undefined ? undefined : set.get(element);
    if (node?.isMember === true) continue;
    kept.push(removeItems(schema.items, item, node?.children ?? EMPTY_SET));
  }
  return kept.length === 0 ? null : kept;
}

/**
 * The set with the fields of structs that lead to its members. Such fields are not members by themselves, but when
 * nobody owns anything in a struct any more, the struct goes too.
 */
export function withNamedFields(schema: Schema | undefined, set: FieldSet): FieldSet {
  if (set.size === 0) return set;
  const result = new Map<PathElement, { readonly isMember: boolean; readonly children: FieldSet }>();
  for (const [element, { isMember, children }] of set) {
    const isNamed = children.size > 0 && isNamedField(schema, element);
    result.set(element, {
      isMember: isMember || isNamed,
      children: withNamedFields(schemaBelow(schema, element), children),
    });
  }
  return result;
}

function isNamedField(schema: Schema | undefined, element: PathElement): boolean {
  return schema?.type === "object" && element.startsWith("f:") && schema.fields.has(element.slice(2));
}

function schemaBelow(schema: Schema | undefined, element: PathElement): Schema | undefined {
  if (schema === undefined) return undefined;
  if (element.startsWith("f:")) {
    const atom = atomOf(schema, {});
    return atom.kind === "map" ? entrySchema(atom, element.slice(2)) : undefined;
  }
  return element.startsWith("k:") && schema.type === "list" ? schema.items : undefined;
}
