import { isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

/** The fields of a path such as `.spec.replicas`. */
export function fieldNames(path: string): readonly string[] {
  return path.replace(/^\./, "").split(".");
}

/** What is at a path of fields; undefined where something on the way is missing or no object. */
export function fieldAt(object: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (value, name) => (isJsonObject(value) ? ownValue(value, name) : undefined),
    object,
  );
}

/** The object with another value at a path, on which missing objects are made. */
export function withFieldAt<T extends object>(
  object: T,
  [name, ...rest]: readonly string[],
  value: unknown,
): T {
  if (name === undefined) return object;
  const present = fieldAt(object, [name]);
  const next = rest.length === 0 ? value : withFieldAt(isJsonObject(present) ? present : {}, rest, value);
  return { ...object, [name]: next };
}
