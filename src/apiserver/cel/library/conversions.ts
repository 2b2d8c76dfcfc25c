import { type FunctionDeclaration, type Implementation, uniform } from "../types/function.ts";
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  typeOf,
  typeParameter,
  UINT,
} from "../types/type.ts";
import {
  toBool,
  toBytes,
  toDouble,
  toDuration,
  toInt,
  toText,
  toTimestamp,
  toUint,
} from "../values/conversion.ts";
import { CelTypeValue, runtimeType } from "../values/value.ts";

const A = typeParameter("A");

/** Functions that have the names of types. */
export const conversions: readonly FunctionDeclaration[] = [
  uniform("type", (value) => new CelTypeValue(runtimeType(value ?? null)), ["type", typeOf(A), A]),
  uniform("dyn", (value) => value ?? null, ["to_dyn", DYN, A]),
  conversion("bool", BOOL, toBool as Implementation, ["bool_to_bool", BOOL], ["string_to_bool", STRING]),
  conversion(
    "bytes",
    BYTES,
    toBytes as Implementation,
    ["bytes_to_bytes", BYTES],
    ["string_to_bytes", STRING],
  ),
  conversion(
    "double",
    DOUBLE,
    toDouble as Implementation,
    ["double_to_double", DOUBLE],
    ["int64_to_double", INT],
    ["string_to_double", STRING],
    ["uint64_to_double", UINT],
  ),
  conversion(
    "duration",
    DURATION,
    toDuration as Implementation,
    ["duration_to_duration", DURATION],
    ["int64_to_duration", INT],
    ["string_to_duration", STRING],
  ),
  conversion(
    "int",
    INT,
    toInt as Implementation,
    ["int64_to_int64", INT],
    ["double_to_int64", DOUBLE],
    ["duration_to_int64", DURATION],
    ["string_to_int64", STRING],
    ["timestamp_to_int64", TIMESTAMP],
    ["uint64_to_int64", UINT],
  ),
  conversion(
    "string",
    STRING,
    toText as Implementation,
    ["string_to_string", STRING],
    ["bool_to_string", BOOL],
    ["bytes_to_string", BYTES],
    ["double_to_string", DOUBLE],
    ["duration_to_string", DURATION],
    ["int64_to_string", INT],
    ["timestamp_to_string", TIMESTAMP],
    ["uint64_to_string", UINT],
  ),
  conversion(
    "timestamp",
    TIMESTAMP,
    toTimestamp as Implementation,
    ["timestamp_to_timestamp", TIMESTAMP],
    ["int64_to_timestamp", INT],
    ["string_to_timestamp", STRING],
  ),
  conversion(
    "uint",
    UINT,
    toUint as Implementation,
    ["uint64_to_uint64", UINT],
    ["double_to_uint64", DOUBLE],
    ["int64_to_uint64", INT],
    ["string_to_uint64", STRING],
  ),
];

function conversion(
  name: string,
  result: CelType,
  call: Implementation,
  ...from: readonly (readonly [id: string, from: CelType])[]
): FunctionDeclaration {
  return uniform(name, call, ...from.map(([id, type]) => [id, result, type] as const));
}
