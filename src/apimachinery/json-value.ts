/** An object of a parsed JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy that shares nothing with the value. Absent fields are left out. */
export function cloneJson<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([key, each]) => [key, cloneJson(each)])) as T;
}

/** Sets a field of any name; assigning to `__proto__` would do something else. */
export function setField(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
  } else object[name] = value;
}

/** Whether two JSON values are the same. The order of fields does not matter, and absent fields are no fields. */
export function equalJson(a: unknown, b: unknown): boolean {
  return a === b || Bun.deepEquals(a, b);
}
