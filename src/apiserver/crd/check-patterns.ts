import { allSchemasWithPaths } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { patternOf } from "./patterns.ts";

/** Patterns that make no sense (upstream pkg/apiserver/schema/validation.go `validateValueValidation`). */
export function checkPatterns(root: JSONSchemaProps, path: string): readonly FieldError[] {
  return allSchemasWithPaths(root, path).flatMap(({ schema, path: at }) => {
    const { pattern = "" } = schema;
    if (pattern === "") return [];
    const compiled = patternOf(schema);
    if (!("problem" in compiled)) return [];
    const detail = `must be a valid regular expression, but isn't: ${compiled.problem}`;
    return [invalid(`${at}.pattern`, pattern, detail)];
  });
}
