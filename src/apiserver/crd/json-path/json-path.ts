/** The paths of printer columns: the part of client-go's `util/jsonpath` that finds values. */
import { parseJsonPath } from "./parse-json-path.ts";
import { follow } from "./steps.ts";

/** Finds all values at a path, in order. Throws a `JsonPathError` for values that the path does not fit. */
export type JsonPath = (value: unknown) => readonly unknown[];

/** Throws a `JsonPathError`. */
export function compileJsonPath(path: string): JsonPath {
  const steps = parseJsonPath(path);
  return (value) => follow(steps, value);
}
