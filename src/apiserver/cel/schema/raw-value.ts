import { exactNumber } from "#apimachinery/exact-json.ts";
import { isJsonObject } from "#apimachinery/json-value.ts";
import { toText } from "../values/conversion.ts";
import { isList } from "../values/list.ts";
import { isMap } from "../values/map.ts";
import { CelError, type CelValue, type Result } from "../values/value.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Makes values of JSON. */
export interface RawSource {
  readonly toValue: (value: unknown, schema: StructuralSchema) => Result;
}

/** The JSON that a value stands for. */
export function rawOf(value: CelValue): unknown {
  if (typeof value === "bigint") return exactNumber(Number(value), String(value));
  if (typeof value !== "object" || value === null) return value;
  if ("raw" in value) return value.raw;
  if (isList(value)) return [...value].map((each) => (each instanceof CelError ? null : rawOf(each)));
  if (isMap(value)) {
    const entries = [...value.keys()].map((key) => {
      const found = value.find(key);
      return [keyText(key), found === undefined || found instanceof CelError ? null : rawOf(found)] as const;
    });
    return Object.fromEntries(entries);
  }
  const text = toText(value);
  return text instanceof CelError ? null : text;
}

/** Objects do not change, and large ones are weighed again and again. */
const weights = new WeakMap<object, number>();

/** How many values there are in a JSON value, and pieces of text. */
export function weightOfJson(value: unknown): number {
  if (typeof value === "string") return 1 + (value.length >> 3);
  if (typeof value !== "object" || value === null) return 1;
  const known = weights.get(value);
  if (known !== undefined) return known;
  const parts: readonly unknown[] = isJsonObject(value)
    ? Object.values(value)
    : (value as readonly unknown[]);
  const weight = parts.reduce<number>((sum, each) => sum + weightOfJson(each), 1);
  weights.set(value, weight);
  return weight;
}

function keyText(key: CelValue): string {
  const text = toText(key);
  return typeof text === "string" ? text : "";
}
