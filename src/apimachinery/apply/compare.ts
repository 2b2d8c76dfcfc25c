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
import { type FieldSet, isEmptySet } from "./field-set.ts";
import { FieldSetBuilder } from "./field-set-builder.ts";
import { elementOf } from "./list-element.ts";
import type { PathElement } from "./path-element.ts";

/** What is different in the second of two objects. No path is in more than one of the sets. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/**
 * Compares leaf by leaf; what is added or removed is there with everything in it. Parts that the objects share are
 * not looked at.
 */
export function compareTyped(schema: Schema, before: unknown, after: unknown): Comparison {
  const comparer = new Comparer();
  if (before !== after) comparer.visit(typedAs(schema), before, after);
  const { added, modified, removed } = comparer;
  return { added: added.build(), modified: modified.build(), removed: removed.build() };
}

/** A comparison with only some of its fields. */
export function filterFields(
  { added, modified, removed }: Comparison,
  filter: (fields: FieldSet) => FieldSet,
): Comparison {
  return { added: filter(added), modified: filter(modified), removed: filter(removed) };
}

class Comparer {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  /** An absent value is undefined; one of the two is there. Null may stand for an empty value of any kind. */
  visit(type: TypedAs, before: unknown, after: unknown): void {
    if (before === after) return;
    const atom = atomOf(type, after ?? before);
    const other = atomOf(type, before ?? after);
    if (other.kind !== atom.kind) return this.#replace(other, before, atom, after);
    if (this.#isLeaf(atom, before, after)) return this.#leaf(before, after);
    this.#descend(atom, before, after);
    if (before === undefined) this.added.insert(this.#path);
    else if (after === undefined) this.removed.insert(this.#path);
  }

  #visitBelow(element: PathElement, type: TypedAs, before: unknown, after: unknown): void {
    this.#path.push(element);
    this.visit(type, before, after);
    this.#path.pop();
  }

  #descend(atom: Atom, before: unknown, after: unknown): void {
    if (atom.kind === "map") this.#visitMap(atom, before, after);
    if (atom.kind === "list") this.#visitList(atom, before, after);
  }

  /** A value without a schema has changed its kind: what was in it is gone, and what is in it is new. */
  #replace(beforeAtom: Atom, before: unknown, afterAtom: Atom, after: unknown): void {
    for (const atom of [beforeAtom, afterAtom]) {
      if (this.#isLeaf(atom, before, after)) this.#leaf(before, after);
      else this.#descend(atom, before, after);
    }
  }

  /** Empty structures are leaves, so that null and empty remain different. */
  #isLeaf(atom: Atom, before: unknown, after: unknown): boolean {
    if (atom.kind === "scalar" || atom.isAtomic) return true;
    return atom.kind === "map"
      ? !hasEntries(before) && !hasEntries(after)
      : !hasItems(before) && !hasItems(after);
  }

  #leaf(before: unknown, after: unknown): void {
    if (before === undefined) this.added.insert(this.#path);
    else if (after === undefined) this.removed.insert(this.#path);
    else if (!equalJson(before, after)) this.modified.insert(this.#path);
  }

  #visitMap(atom: MapAtom, before: unknown, after: unknown): void {
    const [left, right] = [objectOf(before), objectOf(after)];
    for (const name of Object.keys(left)) {
      this.#visitEntry(atom, name, left[name], Object.hasOwn(right, name) ? right[name] : undefined);
    }
    for (const name of Object.keys(right)) {
      if (!Object.hasOwn(left, name)) this.#visitEntry(atom, name, undefined, right[name]);
    }
  }

  #visitEntry(atom: MapAtom, name: string, before: unknown, after: unknown): void {
    if (before === after) return;
    const type = atom.typeOf(name);
    if (type !== undefined) this.#visitBelow(entryElement(atom, name), type, before, after);
  }

  #visitList(list: ListAtom, before: unknown, after: unknown): void {
    const group = (items: readonly unknown[]): Map<PathElement | undefined, unknown[]> =>
      Map.groupBy(items, (item) => elementOf(list, item));
    const [left, right] = [group(listOf(before)), group(listOf(after))];
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      if (element === undefined) continue;
      this.#path.push(element);
      this.#visitItems(list.items, left.get(element) ?? [], right.get(element) ?? []);
      this.#path.pop();
    }
  }

  /** Elements with the same key. Several of them are looked at together, as one leaf. */
  #visitItems(type: TypedAs, before: readonly unknown[], after: readonly unknown[]): void {
    if (before.length <= 1 && after.length <= 1) return this.visit(type, before[0], after[0]);
    if (before.length >= 2 && after.length >= 2) {
      if (!equalJson(before, after)) this.modified.insert(this.#path);
    } else if (before.length >= 2) {
      if (after.length > 0) this.visit(type, undefined, after[0]);
      this.removed.insert(this.#path);
    } else {
      if (before.length > 0) this.visit(type, before[0], undefined);
      this.added.insert(this.#path);
    }
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function hasEntries(value: unknown): boolean {
  return isJsonObject(value) && !isEmptySet(value as FieldSet);
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
