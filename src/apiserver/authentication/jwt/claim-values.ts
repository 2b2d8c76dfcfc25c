/** Claims as expressions see them: what Go decodes of JSON without a type. */
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { unescapeName } from "../../cel/schema/field-names.ts";
import { CelList } from "../../cel/values/list.ts";
import { CelMap } from "../../cel/values/map.ts";
import type { CelValue } from "../../cel/values/value.ts";

/** All numbers are doubles; nothing inside is looked at before somebody asks for it. */
export function claimValue(value: unknown): CelValue {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  if (Array.isArray(value)) return new ClaimList(value);
  return isJsonObject(value) ? new ClaimMap(value) : null;
}

/** `kubernetes__dot__io` is the claim `kubernetes.io`. */
class ClaimMap extends CelMap {
  readonly size: number;
  readonly #raw: JsonObject;

  constructor(raw: JsonObject) {
    super();
    this.#raw = raw;
    this.size = Object.keys(raw).length;
  }

  find(key: CelValue): CelValue | undefined {
    const value = typeof key === "string" ? ownValue(this.#raw, unescapeName(key) ?? key) : undefined;
    return value === undefined ? undefined : claimValue(value);
  }

  *keys(): Iterable<CelValue> {
    yield* Object.keys(this.#raw);
  }
}

class ClaimList extends CelList {
  readonly #raw: readonly unknown[];

  constructor(raw: readonly unknown[]) {
    super();
    this.#raw = raw;
  }

  get size(): number {
    return this.#raw.length;
  }

  get(index: number): CelValue {
    return claimValue(this.#raw[index]);
  }
}
