/** What a field, key or index gives (cel-go interpreter/attributes.go `refQualify`). */

import { toText } from "../values/conversion.ts";
import { isList } from "../values/list.ts";
import { isMap } from "../values/map.ts";
import { Uint } from "../values/uint.ts";
import { CelError, type CelValue, type Result, runtimeType } from "../values/value.ts";

/** What a key leads to; undefined where there is nothing. */
export function lookUp(value: CelValue, key: CelValue): Result | undefined {
  if (isMap(value)) return value.find(key);
  if (!isList(value)) return undefined;
  const index = indexOf(key);
  if (index instanceof CelError) return index;
  return index >= 0 && index < value.size ? value.get(index) : undefined;
}

/** As `lookUp`; that there is nothing is an error. */
export function select(value: CelValue, key: CelValue): Result {
  const found = lookUp(value, key);
  if (found !== undefined) return found;
  const text = textOf(key);
  return new CelError(isList(value) ? `index out of bounds: ${text}` : `no such key: ${text}`);
}

function indexOf(key: CelValue): number | CelError {
  if (typeof key === "bigint") return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key === "number" && Number.isInteger(key)) return key;
  return new CelError(
    typeof key === "number"
      ? `unsupported index value ${textOf(key)} in list`
      : `unsupported index type '${runtimeType(key).name}' in list`,
  );
}

function textOf(key: CelValue): string {
  const text = toText(key);
  return text instanceof CelError ? runtimeType(key).name : String(text as string);
}
