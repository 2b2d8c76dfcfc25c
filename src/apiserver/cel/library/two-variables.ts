/** Loops with two variables (cel-go ext/comprehensions.go), and `cel.bind` (ext/bindings.go). */
import { twoVariableMacros } from "../syntax/loop-macros.ts";
import { bindMacro } from "../syntax/value-macros.ts";
import { declare, overload } from "../types/function.ts";
import { mapType, typeParameter } from "../types/type.ts";
import { type CelMap, insertInto, isMap } from "../values/map.ts";
import { type CelValue, isError, type Result } from "../values/value.ts";
import type { Library } from "./library.ts";

const K = typeParameter("K");
const V = typeParameter("V");
const MAP = mapType(K, V);

export const twoVariablesLibrary: Library = {
  functions: [
    declare(
      "cel.@mapInsert",
      overload("@mapInsert_map_key_value", [MAP, K, V], MAP, insertInto),
      overload("@mapInsert_map_map", [MAP, MAP], MAP, insertAll),
    ),
  ],
  macros: twoVariableMacros,
};

/** Kubernetes has it for device selectors only. */
export const bindingsLibrary: Library = { functions: [], macros: [bindMacro] };

function insertAll(map: CelMap, added: CelMap): Result {
  let result: Result = map;
  for (const key of added.keys()) {
    const value: Result | undefined = added.find(key);
    if (!isMap(result) || value === undefined) continue;
    result = isError(value) ? value : insertInto(result, key, value as CelValue);
  }
  return result;
}
