import { OPERATORS } from "../syntax/expression.ts";
import {
  declare,
  type FunctionDeclaration,
  type Implementation,
  overload,
  uniform,
} from "../types/function.ts";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  INT,
  listType,
  mapType,
  STRING,
  TIMESTAMP,
  typeParameter,
  UINT,
} from "../types/type.ts";
import { add, divide, modulo, multiply, negate, subtract } from "../values/arithmetic.ts";
import { compare, equal } from "../values/equality.ts";
import type { CelList } from "../values/list.ts";
import type { CelMap } from "../values/map.ts";
import { CelError, type CelValue, isError, type Result } from "../values/value.ts";

const A = typeParameter("A");
const B = typeParameter("B");
const LIST = listType(A);
const MAP = mapType(A, B);

type Signature = readonly [id: string, ...args: CelType[]];

/** The operators of CEL. Those that do not compute all of their operands have no implementation here. */
export const operators: readonly FunctionDeclaration[] = [
  uniform(OPERATORS.conditional, undefined, ["conditional", A, BOOL, A, A]),
  uniform(OPERATORS.and, undefined, ["logical_and", BOOL, BOOL, BOOL]),
  uniform(OPERATORS.or, undefined, ["logical_or", BOOL, BOOL, BOOL]),
  uniform(OPERATORS.not, (value) => value !== true, ["logical_not", BOOL, BOOL]),
  uniform(OPERATORS.notStrictlyFalse, undefined, ["not_strictly_false", BOOL, BOOL]),
  uniform(OPERATORS.equals, equal as Implementation, ["equals", BOOL, A, A]),
  uniform(OPERATORS.notEquals, ((a: CelValue, b: CelValue) => equal(a, b) !== true) as Implementation, [
    "not_equals",
    BOOL,
    A,
    A,
  ]),
  uniform(
    OPERATORS.add,
    add as Implementation,
    ["add_bytes", BYTES, BYTES, BYTES],
    ["add_double", DOUBLE, DOUBLE, DOUBLE],
    ["add_duration_duration", DURATION, DURATION, DURATION],
    ["add_duration_timestamp", TIMESTAMP, DURATION, TIMESTAMP],
    ["add_timestamp_duration", TIMESTAMP, TIMESTAMP, DURATION],
    ["add_int64", INT, INT, INT],
    ["add_list", LIST, LIST, LIST],
    ["add_string", STRING, STRING, STRING],
    ["add_uint64", UINT, UINT, UINT],
  ),
  uniform(
    OPERATORS.divide,
    divide as Implementation,
    ["divide_double", DOUBLE, DOUBLE, DOUBLE],
    ["divide_int64", INT, INT, INT],
    ["divide_uint64", UINT, UINT, UINT],
  ),
  uniform(
    OPERATORS.modulo,
    modulo as Implementation,
    ["modulo_int64", INT, INT, INT],
    ["modulo_uint64", UINT, UINT, UINT],
  ),
  uniform(
    OPERATORS.multiply,
    multiply as Implementation,
    ["multiply_double", DOUBLE, DOUBLE, DOUBLE],
    ["multiply_int64", INT, INT, INT],
    ["multiply_uint64", UINT, UINT, UINT],
  ),
  uniform(
    OPERATORS.negate,
    negate as Implementation,
    ["negate_double", DOUBLE, DOUBLE],
    ["negate_int64", INT, INT],
  ),
  uniform(
    OPERATORS.subtract,
    subtract as Implementation,
    ["subtract_double", DOUBLE, DOUBLE, DOUBLE],
    ["subtract_duration_duration", DURATION, DURATION, DURATION],
    ["subtract_int64", INT, INT, INT],
    ["subtract_timestamp_duration", TIMESTAMP, TIMESTAMP, DURATION],
    ["subtract_timestamp_timestamp", DURATION, TIMESTAMP, TIMESTAMP],
    ["subtract_uint64", UINT, UINT, UINT],
  ),
  comparison(OPERATORS.less, "less", (order) => order < 0),
  comparison(OPERATORS.lessEquals, "less_equals", (order) => order <= 0),
  comparison(OPERATORS.greater, "greater", (order) => order > 0),
  comparison(OPERATORS.greaterEquals, "greater_equals", (order) => order >= 0),
  uniform(OPERATORS.index, undefined, ["index_list", A, LIST, INT], ["index_map", B, MAP, A]),
  declare(
    OPERATORS.in,
    overload("in_list", [A, LIST], BOOL, (value: CelValue, list: CelList) => list.contains(value)),
    overload("in_map", [A, MAP], BOOL, (key: CelValue, map: CelMap) => {
      const found = map.find(key);
      return found !== undefined && isError(found) ? found : found !== undefined;
    }),
  ),
];

function comparison(name: string, prefix: string, isTrue: (order: number) => boolean): FunctionDeclaration {
  const call = (a: CelValue, b: CelValue): Result => {
    const order = compare(a, b);
    return order instanceof CelError ? order : isTrue(order);
  };
  const numbers: readonly (readonly [string, CelType])[] = [
    ["int64", INT],
    ["uint64", UINT],
    ["double", DOUBLE],
  ];
  const own: readonly Signature[] = [
    ["bool", BOOL, BOOL],
    ...numbers.flatMap(([left, a]) =>
      numbers.map(([right, b]): Signature => [left === right ? left : `${left}_${right}`, a, b]),
    ),
    ["string", STRING, STRING],
    ["bytes", BYTES, BYTES],
    ["timestamp", TIMESTAMP, TIMESTAMP],
    ["duration", DURATION, DURATION],
  ];
  return uniform(
    name,
    call as Implementation,
    ...own.map(([id, ...args]) => [`${prefix}_${id}`, BOOL, ...args] as const),
  );
}
