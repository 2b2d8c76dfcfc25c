import { isJsonObject } from "./json-value.ts";

/** A path such as `spec.replicas` or `.status.labelSelector`; names that contain dots need the list form. */
export type DottedPath = string | readonly string[];

/** The value at a path of field names, or undefined when there is nothing on the way. */
export function getPath(object: unknown, path: DottedPath): unknown {
  let value = object;
  for (const name of namesOf(path)) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/**
 * A copy with the value at the path, which shares everything off the path. Missing objects on the way are made.
 * Throws a TypeError when something on the way is no object.
 */
export function setPath<T>(object: T, path: DottedPath, value: unknown): T {
  // The path decides where the copy differs from `object`; its type cannot follow that.
  return replaceAt(object, namesOf(path), value) as T;
}

function replaceAt(object: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (object !== undefined && !isJsonObject(object))
    throw new TypeError(`Cannot set field "${name}" of a value`);
  const child = object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: replaceAt(child, rest, value) };
}

function namesOf(path: DottedPath): readonly string[] {
  if (typeof path !== "string") return path;
  return (path.startsWith(".") ? path.slice(1) : path).split(".");
}
