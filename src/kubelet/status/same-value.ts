import { isJsonObject } from "#apimachinery/json-value.ts";

/** Whether two values say the same: null and nothing do, and an empty object or list is nothing. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(withoutEmpty(a), withoutEmpty(b));
}

/** A merge patch that makes of one object the other: it names the fields that are gone. */
export function replacing(before: object | undefined, after: object): object {
  const gone = Object.keys(before ?? {}).filter((key) => !(key in after));
  return { ...after, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, each]) => [key, withoutEmpty(each)] as const)
    .filter(([, each]) => each !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
