import { CorefileError } from "./directive.ts";
import type { compilePattern } from "./pattern.ts";

const MAX_PATTERN_LENGTH = 10_000;

/** What a pattern finds in a name: the whole of it, then its groups, empty where one took no part. */
export interface PatternMatch {
  readonly groups: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

export type NamePattern = (name: string) => PatternMatch | undefined;

/** Throws a CorefileError for a text that is no pattern of Go's `regexp`. What reads them is loaded with the first one. */
export function readPattern(text: string): NamePattern {
  if (text.length > MAX_PATTERN_LENGTH)
    throw new CorefileError(`a pattern has at most ${String(MAX_PATTERN_LENGTH)} characters`);
  const module = require("./pattern.ts") as { readonly compilePattern: typeof compilePattern };
  const pattern = module.compilePattern(text);
  if (pattern === undefined) throw new CorefileError(`the pattern "${text}" cannot be read`);
  return pattern;
}
