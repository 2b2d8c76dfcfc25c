/** cel-go ext/lists.go, version 3, and ext/sets.go. */
import { sortByMacro } from "../syntax/value-macros.ts";
import { declare, type FunctionDeclaration, method, overload, unguarded } from "../types/function.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listType,
  STRING,
  TIMESTAMP,
  typeParameter,
  UINT,
} from "../types/type.ts";
import { compare, equal, isComparable } from "../values/equality.ts";
import { type CelList, isList, listOf, ValueList } from "../values/list.ts";
import {
  CelError,
  type CelValue,
  isError,
  NO_SUCH_OVERLOAD,
  type Result,
  runtimeType,
} from "../values/value.ts";
import type { Library } from "./library.ts";

const T = typeParameter("T");
const LIST = listType(T);
const COMPARABLE = [INT, UINT, DOUBLE, BOOL, DURATION, TIMESTAMP, STRING, BYTES];

const functions: readonly FunctionDeclaration[] = [
  declare("slice", method("list_slice", [LIST, INT, INT], LIST, slice)),
  declare(
    "flatten",
    unguarded(method("list_flatten", [listType(LIST)], LIST, (list: CelValue) => flatten(list, 1n))),
    unguarded(method("list_flatten_int", [listType(DYN), INT], listType(DYN), flatten)),
  ),
  declare(
    "sort",
    ...COMPARABLE.map((type) => method(`list_${type.name}_sort`, [listType(type)], listType(type), sort)),
  ),
  declare(
    "@sortByAssociatedKeys",
    ...COMPARABLE.map((type) =>
      method(`list_${type.name}_sortByAssociatedKeys`, [LIST, listType(type)], LIST, sortByKeys),
    ),
  ),
  declare("lists.range", overload("lists_range", [INT], listType(INT), range)),
  declare(
    "reverse",
    method("list_reverse", [LIST], LIST, (list: CelList) => {
      const values = listOf(list);
      return isList(values) ? listOf([...values].toReversed()) : values;
    }),
  ),
  declare("distinct", method("list_distinct", [LIST], LIST, distinct)),
];

export const listsLibrary: Library = { functions, macros: [sortByMacro] };

const sets: readonly FunctionDeclaration[] = [
  declare("sets.contains", overload("list_sets_contains_list", [LIST, LIST], BOOL, containsAll)),
  declare(
    "sets.equivalent",
    overload("list_sets_equivalent_list", [LIST, LIST], BOOL, (a: CelList, b: CelList) => {
      const contains = containsAll(a, b);
      return contains === true ? containsAll(b, a) : contains;
    }),
  ),
  declare(
    "sets.intersects",
    overload("list_sets_intersects_list", [LIST, LIST], BOOL, (a: CelList, b: CelList) => {
      for (const each of a) if (!isError(each) && b.contains(each) === true) return true;
      return false;
    }),
  ),
];

export const setsLibrary: Library = { functions: sets };

function slice(list: CelList, start: bigint, end: bigint): Result {
  const range = `cannot slice(${String(start)}, ${String(end)})`;
  if (start < 0n || end < 0n) return new CelError(`${range}, negative indexes not supported`);
  if (start > end) return new CelError(`${range}, start index must be less than or equal to end index`);
  if (end > BigInt(list.size)) return new CelError(`${range}, list is length ${String(list.size)}`);
  const [from, to] = [Number(start), Number(end)];
  return listOf(Array.from({ length: to - from }, (_, index) => list.get(from + index)));
}

function flatten(list: CelValue, depth: CelValue): Result {
  if (!isList(list) || typeof depth !== "bigint") return NO_SUCH_OVERLOAD;
  if (depth < 0n) return new CelError("level must be non-negative");
  return listOf(flattened(list, depth));
}

function* flattened(list: CelList, depth: bigint): Iterable<Result> {
  for (const each of list) {
    if (isList(each) && depth > 0n) yield* flattened(each, depth - 1n);
    else yield each;
  }
}

function sort(list: CelList): Result {
  return sortByKeys(list, list);
}

function sortByKeys(list: CelList, keys: CelList): Result {
  if (list.size !== keys.size) {
    return new CelError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${String(list.size)} and ${String(keys.size)} elements respectively`,
    );
  }
  const values = [...keys];
  const failed = values.find(isError);
  if (failed !== undefined) return failed;
  const sortable = values as CelValue[];
  const [first] = sortable;
  if (first === undefined) return list;
  if (!isComparable(first)) return new CelError("list elements must be comparable");
  if (sortable.some((each) => runtimeType(each) !== runtimeType(first))) {
    return new CelError("list elements must have the same type");
  }
  const order = sortable
    .map((_, index) => index)
    .toSorted((a, b) => {
      const result = compare(sortable[a] ?? null, sortable[b] ?? null);
      return result instanceof CelError ? 0 : result;
    });
  return listOf(order.map((index) => list.get(index)));
}

function range(count: bigint): Result {
  return new ValueList(Array.from({ length: Math.max(Number(count), 0) }, (_, index) => BigInt(index)));
}

function distinct(list: CelList): Result {
  const found: CelValue[] = [];
  const texts = new Set<CelValue>();
  for (const each of list) {
    if (isError(each)) return each;
    const isKnown =
      typeof each === "string" ? texts.has(each) : found.some((other) => equal(each, other) === true);
    if (isKnown) continue;
    if (typeof each === "string") texts.add(each);
    found.push(each);
  }
  return new ValueList(found);
}

function containsAll(list: CelList, part: CelList): Result {
  for (const each of part) {
    const found = isError(each) ? each : list.contains(each);
    if (found !== true) return found;
  }
  return true;
}
