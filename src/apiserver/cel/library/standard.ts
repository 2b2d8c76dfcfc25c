/** The standard functions of CEL (cel-go common/stdlib/standard.go). */
import { standardMacros } from "../syntax/loop-macros.ts";
import { declare, type FunctionDeclaration, method, overload } from "../types/function.ts";
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  INT,
  listType,
  mapType,
  NULL,
  STRING,
  TIMESTAMP,
  TYPE,
  typeParameter,
  UINT,
} from "../types/type.ts";
import { type CelValue, type Result, sizeOf } from "../values/value.ts";
import { conversions } from "./conversions.ts";
import type { Library } from "./library.ts";
import { operators } from "./operators.ts";
import { matches } from "./regex.ts";
import { timeFunctions } from "./time.ts";

const LIST = listType(typeParameter("A"));
const MAP = mapType(typeParameter("A"), typeParameter("B"));

const size = (value: CelValue): Result => BigInt(sizeOf(value) ?? 0);

const texts: readonly FunctionDeclaration[] = [
  declare(
    "size",
    overload("size_bytes", [BYTES], INT, size),
    method("bytes_size", [BYTES], INT, size),
    overload("size_list", [LIST], INT, size),
    method("list_size", [LIST], INT, size),
    overload("size_map", [MAP], INT, size),
    method("map_size", [MAP], INT, size),
    overload("size_string", [STRING], INT, size),
    method("string_size", [STRING], INT, size),
  ),
  declare(
    "contains",
    method("contains_string", [STRING, STRING], BOOL, (text: string, part: string) => text.includes(part)),
  ),
  declare(
    "endsWith",
    method("ends_with_string", [STRING, STRING], BOOL, (text: string, end: string) => text.endsWith(end)),
  ),
  declare(
    "startsWith",
    method("starts_with_string", [STRING, STRING], BOOL, (text: string, start: string) =>
      text.startsWith(start),
    ),
  ),
  declare(
    "matches",
    overload("matches", [STRING, STRING], BOOL, matches),
    method("matches_string", [STRING, STRING], BOOL, matches),
  ),
];

export const standardLibrary: Library = {
  functions: [...operators, ...conversions, ...texts, ...timeFunctions],
  macros: standardMacros,
  types: [BOOL, BYTES, DOUBLE, DURATION, INT, LIST, MAP, NULL, STRING, TIMESTAMP, TYPE, UINT],
};
