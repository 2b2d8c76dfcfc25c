/** k8s.io/apiserver pkg/cel/library/lists.go. */
import { declare, type FunctionDeclaration, method } from "../types/function.ts";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  INT,
  listType,
  STRING,
  TIMESTAMP,
  typeParameter,
  UINT,
} from "../types/type.ts";
import { add } from "../values/arithmetic.ts";
import { compare, equal, isComparable } from "../values/equality.ts";
import type { CelList } from "../values/list.ts";
import { Uint } from "../values/uint.ts";
import {
  CelDuration,
  CelError,
  type CelValue,
  isError,
  NO_SUCH_OVERLOAD,
  type Result,
} from "../values/value.ts";
import type { Library } from "./library.ts";

const A = typeParameter("A");

const SUMMABLE: readonly (readonly [name: string, type: CelType, zero: CelValue])[] = [
  ["int", INT, 0n],
  ["uint", UINT, new Uint(0n)],
  ["double", DOUBLE, 0],
  ["duration", DURATION, new CelDuration(0n)],
];

const COMPARABLE: readonly (readonly [name: string, type: CelType])[] = [
  ...SUMMABLE.slice(0, 3).map(([name, type]) => [name, type] as const),
  ["bool", BOOL],
  ["duration", DURATION],
  ["timestamp", TIMESTAMP],
  ["string", STRING],
  ["bytes", BYTES],
];

const functions: readonly FunctionDeclaration[] = [
  declare(
    "isSorted",
    ...COMPARABLE.map(([name, type]) =>
      method(`list_${name}_is_sorted_bool`, [listType(type)], BOOL, isSorted),
    ),
  ),
  declare(
    "sum",
    ...SUMMABLE.map(([name, type, zero]) =>
      method(`list_${name}_sum_${name}`, [listType(type)], type, (list: CelList) => sum(list, zero)),
    ),
  ),
  extreme("max", -1),
  extreme("min", 1),
  declare(
    "indexOf",
    method("list_a_index_of_int", [listType(A), A], INT, (list: CelList, item: CelValue) =>
      BigInt([...list].findIndex((each) => equal(each, item) === true)),
    ),
  ),
  declare(
    "lastIndexOf",
    method("list_a_last_index_of_int", [listType(A), A], INT, (list: CelList, item: CelValue) =>
      BigInt([...list].findLastIndex((each) => equal(each, item) === true)),
    ),
  ),
];

export const kubernetesListsLibrary: Library = { functions };

function isSorted(list: CelList): Result {
  let previous: CelValue | undefined;
  for (const each of list) {
    if (isError(each)) return each;
    if (!isComparable(each)) return NO_SUCH_OVERLOAD;
    if (previous !== undefined && compare(previous, each) === 1) return false;
    previous = each;
  }
  return true;
}

function sum(list: CelList, zero: CelValue): Result {
  let total = zero;
  for (const each of list) {
    const next = isError(each) ? each : add(total, each);
    if (isError(next)) return next;
    total = next;
  }
  return total;
}

/** The first element that comes behind no other, in the order that `worse` stands for. */
function extreme(name: string, worse: number): FunctionDeclaration {
  const find = (list: CelList): Result => {
    let best: CelValue | undefined;
    for (const each of list) {
      if (isError(each)) return each;
      if (!isComparable(each)) return NO_SUCH_OVERLOAD;
      if (best === undefined || compare(best, each) === worse) best = each;
    }
    return best ?? new CelError(`${name} called on empty list`);
  };
  return declare(
    name,
    ...COMPARABLE.map(([type, of]) => method(`list_${type}_${name}_${type}`, [listType(of)], of, find)),
  );
}
