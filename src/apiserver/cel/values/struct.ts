import { type CelType, objectType } from "../types/type.ts";
import { CelMap } from "./map.ts";
import type { CelValue } from "./value.ts";

/** An object that an expression makes: `Object.spec{replicas: 1}`. Fields that it does not name are not there. */
export class CelStruct extends CelMap {
  override readonly type: CelType;
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(type: string, fields: ReadonlyMap<string, CelValue>) {
    super();
    this.type = objectType(type);
    this.fields = fields;
  }

  get size(): number {
    return this.fields.size;
  }

  find(key: CelValue): CelValue | undefined {
    return typeof key === "string" ? this.fields.get(key) : undefined;
  }

  keys(): Iterable<CelValue> {
    return this.fields.keys();
  }
}
