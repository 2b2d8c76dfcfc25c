import type { Schema } from "../schema.ts";
import { atomOf, entrySchema } from "./atom.ts";
import { type FieldSet, MEMBER } from "./field-set.ts";
import type { PathElement } from "./path-element.ts";

/**
 * A set that was written when a structure was not yet atomic: who owned something in it now owns all of it. The
 * same set comes back when nothing has changed.
 */
export function reconcileSet(schema: Schema, set: FieldSet): FieldSet {
  let changed: Map<PathElement, typeof MEMBER> | undefined;
  for (const [element, node] of set) {
    const below = node.children.size === 0 ? undefined : schemaAt(schema, element);
    if (below === undefined) continue;
    const children = isAtomic(below) ? undefined : reconcileSet(below, node.children);
    if (children === node.children) continue;
    changed ??= new Map(set);
    changed.set(element, children === undefined ? MEMBER : { ...node, children });
  }
  return changed ?? set;
}

function isAtomic(schema: Schema): boolean {
  return schema.type === "list" ? schema.listType === "atomic" : "atomic" in schema && schema.atomic;
}

function schemaAt(schema: Schema, element: PathElement): Schema | undefined {
  if (schema.type === "list") return schema.items;
  const atom = atomOf(schema, {});
  return atom.kind === "map" && element.startsWith("f:") ? entrySchema(atom, element.slice(2)) : undefined;
}
