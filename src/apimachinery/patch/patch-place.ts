import { MAX_DEPTH } from "../codec/parse-json.ts";
import { setField } from "../json-value.ts";

/** Why an operation cannot be applied, in the words of the library that upstream uses (evanphx/json-patch v4). */
export class JsonPatchError extends Error {
  override readonly name = "JsonPatchError";
}

type Container = Record<string, unknown> | unknown[];

/** Where an operation does something: a key of an object or list that exists. */
export interface Place {
  readonly container: Container;
  readonly key: string;
}

/** The place of a pointer (RFC 6901), whether there is a value or not; undefined where there is nothing around it. */
export function findPlace(document: unknown, pointer: string): Place | undefined {
  const [, ...parts] = pointer.split("/").map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const key = parts.pop();
  if (key === undefined || parts.length > MAX_DEPTH) return undefined;
  let value = document;
  for (const part of parts) value = child(value, part);
  return isContainer(value) ? { container: value, key } : undefined;
}

/** The value on the way of a pointer, undefined when there is none. */
function child(value: unknown, key: string): unknown {
  if (!isContainer(value)) return undefined;
  try {
    return get({ container: value, key });
  } catch (error) {
    if (error instanceof JsonPatchError) return undefined;
    throw error;
  }
}

export function get({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[indexIn(container, key)];
  return Object.hasOwn(container, key) ? container[key] : undefined;
}

export function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) return setField(container, key, value);
  const index =
    key === "-" ? container.length : numberOf(key, `value was not a proper array index: '${key}'`);
  const size = container.length + 1;
  if (index >= size || index < -size) throw invalidIndex(index);
  container.splice(index < 0 ? index + size : index, 0, value);
}

export function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexIn(container, key), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new JsonPatchError(`Unable to remove nonexistent key: ${key}: missing value`);
}

/** Negative indices count from the end of the list. */
export function indexIn(list: readonly unknown[], key: string): number {
  const index = numberOf(key, `strconv.Atoi: parsing "${key}": invalid syntax`);
  if (index >= list.length || index < -list.length) throw invalidIndex(index);
  return index < 0 ? index + list.length : index;
}

function numberOf(key: string, problem: string): number {
  if (!/^[+-]?[0-9]{1,15}$/.test(key)) throw new JsonPatchError(problem);
  return Number(key);
}

function invalidIndex(index: number): JsonPatchError {
  return new JsonPatchError(`Unable to access invalid index: ${String(index)}: invalid index referenced`);
}

export function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}
