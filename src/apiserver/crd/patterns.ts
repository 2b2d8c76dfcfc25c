import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { compilePattern } from "../cel/library/regex.ts";

export interface Pattern {
  /** Whether the pattern matches anywhere in the text. */
  readonly test: (text: string) => boolean;
}

export interface PatternProblem {
  readonly problem: string;
}

/** Compiling takes much longer than matching. */
const compiled = new WeakMap<JSONSchemaProps, Pattern | PatternProblem>();

/** The pattern of a schema that has one. */
export function patternOf(schema: JSONSchemaProps): Pattern | PatternProblem {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const pattern = patternFrom(schema.pattern ?? "");
  compiled.set(schema, pattern);
  return pattern;
}

/** A regular expression as Go has them. What runs them is loaded with the first one, as CEL is. */
function patternFrom(text: string): Pattern | PatternProblem {
  const engine = require("../cel/library/regex.ts") as { readonly compilePattern: typeof compilePattern };
  const expression = engine.compilePattern(text);
  return "message" in expression
    ? { problem: expression.message }
    : { test: (each) => expression.test(each) };
}
