/** JSON as expressions see what no schema tells anything about (cel-go's conversion of native values). */
import { isWhole } from "#apimachinery/exact-json.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { weightOfJson } from "../schema/raw-value.ts";
import { CelList } from "./list.ts";
import { CelMap } from "./map.ts";
import type { CelValue } from "./value.ts";

/** Nothing inside is looked at before somebody asks for it. */
export function jsonValue(value: unknown): CelValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (isWhole(value)) return BigInt(value);
  if (typeof value === "number") return value;
  if (Array.isArray(value)) return new JsonList(value);
  return isJsonObject(value) ? new JsonMap(value) : null;
}

class JsonMap extends CelMap {
  readonly raw: JsonObject;
  readonly size: number;

  constructor(raw: JsonObject) {
    super();
    this.raw = raw;
    this.size = Object.keys(raw).length;
  }

  find(key: CelValue): CelValue | undefined {
    const value = typeof key === "string" ? ownValue(this.raw, key) : undefined;
    return value === undefined ? undefined : jsonValue(value);
  }

  keys(): Iterable<CelValue> {
    return Object.keys(this.raw);
  }

  protected override weigh(): number {
    return weightOfJson(this.raw);
  }
}

class JsonList extends CelList {
  readonly raw: readonly unknown[];

  constructor(raw: readonly unknown[]) {
    super();
    this.raw = raw;
  }

  get size(): number {
    return this.raw.length;
  }

  get(index: number): CelValue {
    return jsonValue(this.raw[index]);
  }

  protected override weigh(): number {
    return weightOfJson(this.raw);
  }
}
