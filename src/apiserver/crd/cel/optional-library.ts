import {
  type CelFunc,
  type CelInput,
  CelScalar,
  type CelValue,
  celFunc,
  celMethod,
  isCelList,
  isCelMap,
} from "@bufbuild/cel";
import { isOpaque, OPAQUE, opaque } from "./opaque-value.ts";

const { DYN, BOOL, STRING } = CelScalar;

export const NONE = opaque("optional", {});

/** `optional.of(x)`; a `value` field of undefined cannot be. */
export function some(value: CelInput): CelInput<typeof OPAQUE> {
  return opaque("optional", { value });
}

/** Optional values, and what `x.?field` and `x[?key]` are rewritten to. */
export const optionalLibrary: readonly CelFunc[] = [
  celFunc("optional.of", [DYN], OPAQUE, (value) => some(value)),
  celFunc("optional.none", [], OPAQUE, () => NONE),
  celFunc("optional.ofNonZeroValue", [DYN], OPAQUE, (value) => (isZero(value) ? NONE : some(value))),
  celMethod("hasValue", OPAQUE, [], BOOL, function () {
    return valueIn(this) !== undefined;
  }),
  celMethod("value", OPAQUE, [], DYN, function () {
    const value = valueIn(this);
    if (value === undefined) throw new Error("optional.none() dereference");
    return value;
  }),
  celMethod("orValue", OPAQUE, [DYN], DYN, function (other) {
    return valueIn(this) ?? other;
  }),
  celMethod("or", OPAQUE, [OPAQUE], OPAQUE, function (other) {
    return valueIn(this) === undefined ? other : this;
  }),
  celMethod("__optionalField", DYN, [STRING], OPAQUE, function (name) {
    return select(this, name);
  }),
  celMethod("__optionalIndex", DYN, [DYN], OPAQUE, function (key) {
    return select(this, key);
  }),
];

function valueIn(optional: CelValue): CelValue | undefined {
  if (!isOpaque(optional, "optional")) throw new Error("no such overload");
  return optional.get("value");
}

/** Selecting from an optional gives an optional, whatever is in it. */
function select(target: CelValue, key: CelValue): CelInput<typeof OPAQUE> {
  if (isOpaque(target, "optional")) {
    const inside = valueIn(target);
    return inside === undefined ? NONE : select(inside, key);
  }
  const found = isCelMap(target)
    ? target.get(key as string)
    : isCelList(target)
      ? target.get(Number(key))
      : undefined;
  return found === undefined ? NONE : some(found);
}

function isZero(value: CelValue): boolean {
  if (isCelList(value) || isCelMap(value)) return value.size === 0;
  return value === null || value === "" || value === false || value === 0 || value === 0n;
}
