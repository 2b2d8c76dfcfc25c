/** The parts of a path: each takes what has been found so far to what is at the next place. */
import { isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { JsonPathError } from "./json-path-error.ts";

export type Step = (found: readonly unknown[]) => readonly unknown[];

/** All values at a path of one value, in order. */
export function follow(path: readonly Step[], value: unknown): readonly unknown[] {
  return path.reduce<readonly unknown[]>((found, step) => step(found), [value]);
}

/** A field of objects; nothing where there is none. */
export function field(name: string): Step {
  return (found) =>
    found.flatMap((value) => {
      const member = isJsonObject(value) ? ownValue(value, name) : undefined;
      return member === undefined ? [] : [member];
    });
}

export const wildcard: Step = (found) => found.flatMap(childrenOf);

/** Everything that has something in it, from the outside in. */
export const descendants: Step = (found) =>
  found.flatMap((value) => {
    const children = childrenOf(value);
    return children.length === 0 ? [] : [value, ...descendants(children)];
  });

/** The elements of lists from an index to another, or one of them. */
export function elements(start = 0, end: number | "one" | undefined, step: number | undefined): Step {
  const from = (length: number) => (start < 0 ? start + length : start);
  const to = (length: number) => {
    if (end === "one") return from(length) + 1;
    const last = end ?? length;
    return last < 0 ? last + length : last;
  };
  return (found) =>
    found.flatMap((value) => {
      if (value === null) return [];
      const list = listOf(value, "is not array or slice");
      const [first, last] = [from(list.length), to(list.length)];
      if (first === last) return [];
      checkBounds(first, last, list.length);
      if (step !== undefined && step <= 0) throw new JsonPathError("step must be > 0");
      return list.slice(first, last).filter((_, index) => index % (step ?? 1) === 0);
    });
}

/** The elements of lists that a condition holds for. */
export function filter(holds: (element: unknown) => boolean): Step {
  return (found) =>
    found.flatMap((value) => listOf(value, "is not array or slice and cannot be filtered").filter(holds));
}

export function union(paths: readonly (readonly Step[])[]): Step {
  return (found) => paths.flatMap((path) => path.reduce((values, step) => step(values), found));
}

export function text(value: string): Step {
  return () => [value];
}

export function constant(value: boolean | number): Step {
  return (found) => found.map(() => value);
}

/** Words are read, but there is none that means something in the path of a column. */
export function unknownIdentifier(name: string): Step {
  return () => {
    throw new JsonPathError(`unrecognized identifier ${name}`);
  };
}

/** Texts are made of bytes. */
function childrenOf(value: unknown): readonly unknown[] {
  if (typeof value === "string") return Array.from(Buffer.from(value));
  if (Array.isArray(value)) return value as readonly unknown[];
  return isJsonObject(value) ? Object.values(value) : [];
}

function listOf(value: unknown, problem: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new JsonPathError(`value ${problem}`);
}

function checkBounds(first: number, last: number, length: number): void {
  for (const [index, isOutside] of [
    [first, first >= length || first < 0],
    [last - 1, last > length || last < 0],
  ] as const) {
    if (!isOutside) continue;
    throw new JsonPathError(`array index out of bounds: index ${String(index)}, length ${String(length)}`);
  }
  if (first > last) throw new JsonPathError("starting index is greater than ending index");
}
