import { RE2JS } from "@bufbuild/re2";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";

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
  const pattern = compilePattern(schema.pattern ?? "");
  compiled.set(schema, pattern);
  return pattern;
}

/** A regular expression as Go has them: matching takes time in proportion to the text, whatever the pattern is. */
function compilePattern(pattern: string): Pattern | PatternProblem {
  try {
    const expression = RE2JS.compile(pattern);
    return { test: (text) => expression.test(text) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
