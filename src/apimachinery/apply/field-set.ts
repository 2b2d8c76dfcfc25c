import { comparePathElements, type PathElement } from "./path-element.ts";

/**
 * A set of paths, as a tree. A node can be a member itself, contain members, or both; one that is neither is never
 * part of a set. Sets are not changed once they are built, and share what they have in common.
 */
export type FieldSet = ReadonlyMap<PathElement, FieldNode>;

interface FieldNode {
  readonly isMember: boolean;
  readonly children: FieldSet;
}

export const EMPTY_SET: FieldSet = new Map();

export const MEMBER: FieldNode = { isMember: true, children: EMPTY_SET };

/** Collects paths one by one. */
export class FieldSetBuilder {
  readonly #root: MutableSet = new Map();

  /** The path of the whole object is ignored: nobody owns it. */
  insert(path: readonly PathElement[]): void {
    let level = this.#root;
    for (const [depth, element] of path.entries()) {
      let node = level.get(element);
      if (node === undefined) {
        node = { isMember: false, children: new Map() };
        level.set(element, node);
      }
      if (depth === path.length - 1) node.isMember = true;
      level = node.children;
    }
  }

  /** The builder must not be used afterwards. */
  build(): FieldSet {
    return this.#root;
  }
}

type MutableSet = Map<PathElement, { isMember: boolean; readonly children: MutableSet }>;

export function fieldSetOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.build();
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || a === b) return b;
  if (b.size === 0) return a;
  const result = new Map(a);
  for (const [element, node] of b) {
    const other = a.get(element);
    result.set(element, other === undefined ? node : unionNodes(other, node));
  }
  return result;
}

function unionNodes(a: FieldNode, b: FieldNode): FieldNode {
  return { isMember: a.isMember || b.isMember, children: union(a.children, b.children) };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return EMPTY_SET;
  const result = new Map<PathElement, FieldNode>();
  for (const [element, node] of a) {
    const other = b.get(element);
    if (other === undefined) continue;
    const isMember = node.isMember && other.isMember;
    addNode(result, element, isMember, intersection(node.children, other.children));
  }
  return result;
}

/** What is in `a` but not in `b`. That `b` has a path says nothing about the paths below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  const result = new Map<PathElement, FieldNode>();
  for (const [element, node] of a) {
    const other = b.get(element);
    if (other === undefined) result.set(element, node);
    else {
      addNode(result, element, node.isMember && !other.isMember, difference(node.children, other.children));
    }
  }
  return result;
}

/** What is in `a` and neither in `b` nor below a path in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (a.size === 0 || b.size === 0) return a;
  const result = new Map<PathElement, FieldNode>();
  for (const [element, node] of a) {
    const other = b.get(element);
    if (other === undefined) result.set(element, node);
    else if (!other.isMember) {
      addNode(result, element, node.isMember, recursiveDifference(node.children, other.children));
    }
  }
  return result;
}

function addNode(
  set: Map<PathElement, FieldNode>,
  element: PathElement,
  isMember: boolean,
  children: FieldSet,
): void {
  if (isMember || children.size > 0) set.set(element, { isMember, children });
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let level = set;
  let node: FieldNode | undefined;
  for (const element of path) {
    node = level.get(element);
    if (node === undefined) return false;
    level = node.children;
  }
  return node?.isMember === true;
}

/** All paths in the order in which FieldsV1 has them, those of a level before those below it. */
export function pathsOf(set: FieldSet): readonly (readonly PathElement[])[] {
  const paths: (readonly PathElement[])[] = [];
  collect(set, [], paths);
  return paths;
}

function collect(set: FieldSet, prefix: readonly PathElement[], paths: (readonly PathElement[])[]): void {
  const entries = sortedEntries(set);
  for (const [element, node] of entries) if (node.isMember) paths.push([...prefix, element]);
  for (const [element, node] of entries) collect(node.children, [...prefix, element], paths);
}

export function sortedEntries(set: FieldSet): readonly (readonly [PathElement, FieldNode])[] {
  return [...set].toSorted(([a], [b]) => comparePathElements(a, b));
}
