import type { Schema } from "../schema.ts";
import { atomOf, type TypedAs, typedAs } from "./atom.ts";
import { elementsOf, type FieldSet, isEmptySet, MEMBER, type MutableSet } from "./field-set.ts";
import { fieldName, type PathElement } from "./path-element.ts";

/**
 * A set that was written when a structure was not yet atomic: who owned something in it now owns all of it. The
 * same set comes back when nothing has changed.
 */
export function reconcileSet(schema: Schema, set: FieldSet): FieldSet {
  return reconcile(typedAs(schema), set);
}

function reconcile(type: TypedAs, set: FieldSet): FieldSet {
  let changed: MutableSet | undefined;
  for (const element of elementsOf(set)) {
    const node = set[element] as FieldSet;
    const below = isEmptySet(node) ? undefined : typeAt(type, element);
    if (below === undefined) continue;
    const reconciled = isAtomic(below) ? MEMBER : reconcile(below, node);
    if (reconciled === node) continue;
    changed ??= { ...set };
    changed[element] = reconciled;
  }
  return changed ?? set;
}

function isAtomic(type: TypedAs): boolean {
  return type.kind === "any" ? type.map.isAtomic : type.kind !== "scalar" && type.isAtomic;
}

function typeAt(type: TypedAs, element: PathElement): TypedAs | undefined {
  if (type.kind === "list") return type.items;
  const name = fieldName(element);
  const atom = atomOf(type, {});
  return atom.kind === "map" && name !== undefined ? atom.typeOf(name) : undefined;
}
