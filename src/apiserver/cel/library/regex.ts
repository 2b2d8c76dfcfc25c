/** Patterns of Go's `regexp`: they take time in proportion to the text. */
import { RE2JS, RE2JSException } from "re2js";
import { LruMap } from "#base/lru-map.ts";
import { CelError, type Result } from "../values/value.ts";

/** Compiling takes much longer than matching, and expressions use few patterns. */
const compiled = new LruMap<string, RE2JS>(200);

export function compilePattern(pattern: string): RE2JS | CelError {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  try {
    const expression = RE2JS.compile(pattern);
    compiled.set(pattern, expression);
    return expression;
  } catch (error) {
    if (error instanceof RE2JSException) return new CelError(error.message);
    throw error;
  }
}

export function matches(text: string, pattern: string): Result {
  const expression = compilePattern(pattern);
  return expression instanceof CelError ? expression : expression.matcher(text).find();
}
