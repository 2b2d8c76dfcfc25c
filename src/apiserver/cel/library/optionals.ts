/** Values that may not be there (cel-go cel/library.go `OptionalTypes`). */
import { OPERATORS } from "../syntax/expression.ts";
import { optionalMacros } from "../syntax/value-macros.ts";
import { declare, type FunctionDeclaration, method, overload } from "../types/function.ts";
import {
  BOOL,
  DYN,
  INT,
  listType,
  mapType,
  opaqueType,
  optionalType,
  STRING,
  typeParameter,
} from "../types/type.ts";
import { MIN_TIME } from "../values/arithmetic.ts";
import { type CelList, ValueList } from "../values/list.ts";
import { Uint } from "../values/uint.ts";
import {
  CelDuration,
  CelError,
  CelOptional,
  CelTimestamp,
  type CelValue,
  isError,
  NONE,
  type Result,
  sizeOf,
} from "../values/value.ts";
import type { Library } from "./library.ts";

const K = typeParameter("K");
const V = typeParameter("V");
const OPTIONAL = optionalType(V);
const LIST = listType(V);
const MAP = mapType(K, V);
const OPTIONALS = listType(OPTIONAL);

const functions: readonly FunctionDeclaration[] = [
  declare(
    "optional.of",
    overload("optional_of", [V], OPTIONAL, (value: CelValue) => new CelOptional(value)),
  ),
  declare(
    "optional.ofNonZeroValue",
    overload("optional_ofNonZeroValue", [V], OPTIONAL, (value: CelValue) =>
      isZero(value) ? NONE : new CelOptional(value),
    ),
  ),
  declare(
    "optional.none",
    overload("optional_none", [], OPTIONAL, () => NONE),
  ),
  declare(
    "value",
    method(
      "optional_value",
      [OPTIONAL],
      V,
      ({ value }: CelOptional) =>
        value ?? (value === null ? null : new CelError("optional.none() dereference")),
    ),
  ),
  declare(
    "hasValue",
    method("optional_hasValue", [OPTIONAL], BOOL, ({ value }: CelOptional) => value !== undefined),
  ),
  declare("or", method("optional_or_optional", [OPTIONAL, OPTIONAL], OPTIONAL)),
  declare("orValue", method("optional_orValue_value", [OPTIONAL, V], V)),
  declare(OPERATORS.optionalSelect, overload("select_optional_field", [DYN, STRING], OPTIONAL)),
  declare(
    OPERATORS.optionalIndex,
    overload("list_optindex_optional_int", [LIST, INT], OPTIONAL),
    overload("optional_list_optindex_optional_int", [optionalType(LIST), INT], OPTIONAL),
    overload("map_optindex_optional_value", [MAP, K], OPTIONAL),
    overload("optional_map_optindex_optional_value", [optionalType(MAP), K], OPTIONAL),
  ),
  declare(
    OPERATORS.index,
    overload("optional_list_index_int", [optionalType(LIST), INT], OPTIONAL),
    overload("optional_map_index_value", [optionalType(MAP), K], OPTIONAL),
  ),
  declare(
    "last",
    method("list_last", [LIST], OPTIONAL, (list: CelList) => elementAt(list, list.size - 1)),
  ),
  declare(
    "first",
    method("list_first", [LIST], OPTIONAL, (list: CelList) => elementAt(list, 0)),
  ),
  declare("optional.unwrap", overload("optional_unwrap", [OPTIONALS], LIST, unwrap)),
  declare("unwrapOpt", method("optional_unwrapOpt", [OPTIONALS], LIST, unwrap)),
];

export const optionalsLibrary: Library = {
  functions,
  macros: optionalMacros,
  types: [opaqueType("optional_type", V)],
};

function elementAt(list: CelList, index: number): Result {
  if (list.size === 0) return NONE;
  const value = list.get(index);
  return isError(value) ? value : new CelOptional(value);
}

function unwrap(list: CelList): Result {
  const values: CelValue[] = [];
  for (const each of list) {
    if (isError(each)) return each;
    if (!(each instanceof CelOptional)) return new CelError("value is not optional");
    if (each.value !== undefined) values.push(each.value);
  }
  return new ValueList(values);
}

function isZero(value: CelValue): boolean {
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof CelDuration) return value.nanos === 0n;
  if (value instanceof CelTimestamp) return value.nanos === MIN_TIME;
  if (value instanceof CelOptional) return false;
  return value === null || value === false || value === 0 || value === 0n || sizeOf(value) === 0;
}
