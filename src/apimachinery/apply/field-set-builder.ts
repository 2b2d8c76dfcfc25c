import { type FieldSet, nodeOf } from "./field-set.ts";
import { comparePathElements, type PathElement } from "./path-element.ts";

/** Collects paths one by one, in any order. */
export class FieldSetBuilder {
  readonly #root: Level = new Map();

  /** The path of the whole object is ignored: nobody owns it. */
  insert(path: readonly PathElement[]): void {
    let level = this.#root;
    for (const [depth, element] of path.entries()) {
      let node = level.get(element);
      if (node === undefined) {
        node = { isMember: false, below: new Map() };
        level.set(element, node);
      }
      if (depth === path.length - 1) node.isMember = true;
      level = node.below;
    }
  }

  build(): FieldSet {
    return sortedSet(this.#root);
  }
}

type Level = Map<PathElement, { isMember: boolean; readonly below: Level }>;

function sortedSet(level: Level, isMember = false): FieldSet {
  const elements = [...level].sort(([a], [b]) => comparePathElements(a, b));
  return nodeOf(
    isMember,
    elements.map(([element, node]) => [element, sortedSet(node.below, node.isMember)] as const),
  );
}

export function fieldSetOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.build();
}
