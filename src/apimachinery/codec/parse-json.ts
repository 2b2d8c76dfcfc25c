import { parseFiniteJson } from "../exact-json.ts";
import { describeSyntaxError } from "./json-syntax.ts";

/** A text that is no JSON; the message is that of Go's `encoding/json`. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = "JsonSyntaxError";
}

/**
 * How deep values may be nested. Go's decoder stops at 10,000; no object of the API comes near either number, and
 * ours leaves room on the stack for everything that walks values by recursion.
 */
export const MAX_DEPTH = 1000;

/** `parseFiniteJson` with Kubernetes' words for what is wrong. Throws a `JsonSyntaxError`. */
export function parseJson(text: string): unknown {
  try {
    return parseFiniteJson(text);
  } catch (error) {
    const message = describeSyntaxError(text) ?? (error instanceof Error ? error.message : String(error));
    throw new JsonSyntaxError(message, { cause: error });
  }
}

/** Throws a `JsonSyntaxError` when a value is nested too deeply to be walked. Reads every object and list in it. */
export function checkDepth(value: unknown, allowed = MAX_DEPTH): void {
  if (typeof value !== "object" || value === null) return;
  if (allowed <= 0) throw tooDeep();
  for (const each of Array.isArray(value) ? (value as readonly unknown[]) : Object.values(value)) {
    checkDepth(each, allowed - 1);
  }
}

export function tooDeep(): JsonSyntaxError {
  return new JsonSyntaxError("exceeded max depth");
}
