import { RE2JS, RE2JSException } from "re2js";
import type { NamePattern } from "./lazy-pattern.ts";

/** A pattern that takes time in proportion to the name; undefined for a text that is none. */
export function compilePattern(text: string): NamePattern | undefined {
  try {
    return patternOf(RE2JS.compile(text));
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

function patternOf(expression: RE2JS): NamePattern {
  const names = Object.entries(expression.namedGroups());
  const count = expression.groupCount() + 1;
  return (name) => {
    const matcher = expression.matcher(name);
    if (!matcher.find()) return undefined;
    const groups = Array.from({ length: count }, (_, index) => matcher.group(index) ?? "");
    return { groups, named: new Map(names.map(([group, index]) => [group, groups[index] ?? ""])) };
  };
}
