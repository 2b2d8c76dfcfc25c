import { goString, goValue } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import { badRequest, type StatusError, unclassified } from "../status-error.ts";

/** In an object: `replace`, `delete`, and in lists also what becomes of an element. */
export const PATCH = "$patch";
/** The only fields of an object that stay. */
export const RETAIN_KEYS = "$retainKeys";
/** `$deleteFromPrimitiveList/finalizers` lists values to remove. */
export const DELETE_PREFIX = "$deleteFromPrimitiveList";
/** `$setElementOrder/containers` lists keys or values in the order that the client wants. */
export const ORDER_PREFIX = "$setElementOrder";

/** The field that a directive such as `$setElementOrder/containers` is about. */
export function directiveField(directive: string, problem: string): string {
  const slash = directive.indexOf("/");
  if (slash < 0 || !(directive.startsWith(`${DELETE_PREFIX}/`) || directive.startsWith(`${ORDER_PREFIX}/`))) {
    throw badRequest(problem);
  }
  return directive.slice(slash + 1);
}

export const BAD_PRIMITIVE_LIST = "invalid patch format of primitive list";
export const BAD_ELEMENT_ORDER = "invalid patch format of setElementOrder list";
const BAD_RETAIN_KEYS = "invalid patch format of retainKeys";

/** What an object becomes whose patch has `$patch`. */
export function replaceByDirective(patch: JsonObject): JsonObject {
  const { [PATCH]: directive, ...rest } = patch;
  if (directive === "replace") return rest;
  if (directive === "delete") return {};
  throw badPatchType(directive, patch);
}

export function badPatchType(directive: unknown, patch: JsonObject): StatusError {
  return unclassified(`unknown patch type: ${goString(directive)} in map: ${goValue(patch)}`);
}

/** The object without what `$retainKeys` does not list. Everything that the patch sets must be listed. */
export function applyRetainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return original;
  const { [RETAIN_KEYS]: listed, ...rest } = patch;
  if (!Array.isArray(listed)) throw badRequest(BAD_RETAIN_KEYS);
  const retained = new Set<unknown>(listed);
  const isListed = ([key, value]: [string, unknown]): boolean =>
    value === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX) || retained.has(key);
  if (!Object.entries(rest).every(isListed)) throw badRequest(BAD_RETAIN_KEYS);
  return Object.fromEntries(Object.entries(original).filter(([key]) => retained.has(key)));
}

/** A new value as it is stored: without nulls and without directives. Undefined when nothing is left to store. */
export function newValue(value: unknown): unknown {
  return withoutDirectives(withoutNulls(value));
}

/** A value without the elements and fields that say `$patch`; undefined when it says so itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((each) => each !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, PATCH)) return undefined;
  const entries = Object.entries(value).map(([key, each]) => [key, withoutDirectives(each)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]));
}
