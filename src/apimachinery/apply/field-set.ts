import { comparePathElements, type PathElement } from "./path-element.ts";

/**
 * A set of paths, in the form in which `managedFields[].fieldsV1` has it: a tree of path elements. A node in it is a
 * member when it has nothing below it, or the entry `.`; the root never is, because nobody owns a whole object. A
 * node that is neither a member nor has members below it is never part of a set. Entries are in the order in which
 * they are stored. Sets are not changed once they are built, and share what they have in common; the functions here
 * give back their argument where the result is the same.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

export const EMPTY_SET: FieldSet = Object.freeze({});

/** A node that is a member and has nothing below it. */
export const MEMBER: FieldSet = Object.freeze({});

/** Says of a node with others below it that it is a member too. */
export const SELF = ".";

/** A set while it is built. */
export type MutableSet = Record<PathElement, FieldSet>;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

export function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || Object.hasOwn(node, SELF);
}

/** The path elements of a level in their order. */
export function elementsOf(set: FieldSet): PathElement[] {
  const elements = Object.keys(set);
  if (elements[0] === SELF) elements.shift();
  return elements;
}

/** Entries in their order, of which there is at least one where the node is not a member itself. */
export function nodeOf(isItself: boolean, entries: readonly (readonly [PathElement, FieldSet])[]): FieldSet {
  if (entries.length === 0) return MEMBER;
  const node: MutableSet = isItself ? { [SELF]: MEMBER } : {};
  for (const [element, below] of entries) node[element] = below;
  return node;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  return a === b || isEmptySet(b) ? a : isEmptySet(a) ? b : unite(a, b, false);
}

function unite(a: FieldSet, b: FieldSet, isItself: boolean): FieldSet {
  const elements = elementsOf(a);
  const added = elementsOf(b).filter((element) => !Object.hasOwn(a, element));
  const all = added.length === 0 ? elements : [...elements, ...added].sort(comparePathElements);
  let isSame = added.length === 0 && isItself === Object.hasOwn(a, SELF);
  const entries = all.map((element) => {
    const united = uniteNodes(a[element], b[element]);
    if (united !== a[element]) isSame = false;
    return [element, united] as const;
  });
  return isSame ? a : nodeOf(isItself, entries);
}

function uniteNodes(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet {
  if (a === undefined || b === undefined || a === b) return a ?? b ?? MEMBER;
  if (isEmptySet(b) && isMember(a)) return a;
  return unite(a, b, isMember(a) || isMember(b));
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return isEmptySet(a) ? a : EMPTY_SET;
  return combine(a, b, { isItself: false, alone: "goes", both: intersectNodes }) ?? EMPTY_SET;
}

function intersectNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const isItself = isMember(a) && isMember(b);
  return a === b ? a : combine(a, b, { isItself, alone: "goes", both: intersectNodes });
}

/** What is in `a` but not in `b`. That `b` has a path says nothing about the paths below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return combine(a, b, { isItself: false, alone: "stays", both: subtractNode }) ?? EMPTY_SET;
}

function subtractNode(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const isItself = isMember(a) && !isMember(b);
  return a === b ? undefined : combine(a, b, { isItself, alone: "stays", both: subtractNode });
}

/** What is in `a` and neither in `b` nor below a path in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return combine(a, b, { isItself: false, alone: "stays", both: subtractTree }) ?? EMPTY_SET;
}

function subtractTree(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (isMember(b)) return undefined;
  return combine(a, b, { isItself: isMember(a), alone: "stays", both: subtractTree });
}

/** Stands for any path element in a pattern. */
export const ANY = "*";

/** The paths of a set that lead to where a pattern ends, and all below that. The pattern is a set that may have `ANY`. */
export function matching(set: FieldSet, pattern: FieldSet): FieldSet {
  return isEmptySet(pattern) ? set : (matchNode(set, pattern, false) ?? EMPTY_SET);
}

function matchNode(node: FieldSet, pattern: FieldSet, isItself: boolean): FieldSet | undefined {
  if (isEmptySet(pattern)) return node;
  const entries = elementsOf(node).flatMap((element) => {
    const [below, rest] = [node[element] as FieldSet, pattern[element] ?? pattern[ANY]];
    const matched = rest && matchNode(below, rest, isMember(below));
    return matched === undefined ? [] : [[element, matched] as const];
  });
  return isItself || entries.length > 0 ? nodeOf(isItself, entries) : undefined;
}

interface Combination {
  /** Whether the node of this level is a member in the result. */
  readonly isItself: boolean;
  /** What becomes of nodes that only `a` has. */
  readonly alone: "stays" | "goes";
  readonly both: (a: FieldSet, b: FieldSet) => FieldSet | undefined;
}

/** One level of `a`; undefined when nothing of it is left. */
function combine(a: FieldSet, b: FieldSet, { isItself, alone, both }: Combination): FieldSet | undefined {
  const entries: [PathElement, FieldSet][] = [];
  let isSame = true;
  let count = 0;
  for (const element of elementsOf(a)) {
    count++;
    const node = a[element] as FieldSet;
    const other = b[element];
    const next = other !== undefined ? both(node, other) : alone === "stays" ? node : undefined;
    if (next !== node) isSame = false;
    if (next !== undefined) entries.push([element, next]);
  }
  if (isSame && isItself === (count === 0 || Object.hasOwn(a, SELF))) return a;
  return isItself || entries.length > 0 ? nodeOf(isItself, entries) : undefined;
}

/** Whether the sets have a path in common, or `a` one below a member of `b`. */
export function overlaps(a: FieldSet, b: FieldSet): boolean {
  for (const element in b) {
    const node = element === SELF ? undefined : a[element];
    if (node === undefined) continue;
    const other = b[element] as FieldSet;
    if (isMember(other) || overlaps(node, other)) return true;
  }
  return false;
}

/** Whether all paths of `a` are in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  for (const element in a) {
    if (element === SELF) continue;
    const node = a[element] as FieldSet;
    const other = b[element];
    if (other === undefined || (isMember(node) && !isMember(other)) || !isSubset(node, other)) return false;
  }
  return true;
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** All paths in their order, those of a level before those below it. */
export function pathsOf(set: FieldSet): readonly (readonly PathElement[])[] {
  const paths: (readonly PathElement[])[] = [];
  collect(set, [], paths);
  return paths;
}

function collect(set: FieldSet, prefix: readonly PathElement[], paths: (readonly PathElement[])[]): void {
  const elements = elementsOf(set);
  for (const element of elements) {
    if (isMember(set[element] as FieldSet)) paths.push([...prefix, element]);
  }
  for (const element of elements) collect(set[element] as FieldSet, [...prefix, element], paths);
}
