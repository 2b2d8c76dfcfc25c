import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { type FieldError, invalid } from "#apimachinery/field-error.ts";
import { quote } from "#apimachinery/go-text.ts";
import { type IsValid, matchCount } from "./match-count.ts";

type Errors = readonly FieldError[];

/** A value that several schemas have a say in. */
export interface Junction {
  readonly path: string;
  readonly value: unknown;
  /** What is wrong with the value by one of them. */
  readonly errorsBy: (schema: JSONSchemaProps) => Errors;
  readonly isValid: IsValid;
}

/**
 * `anyOf`, `oneOf`, `allOf` and `not` (kube-openapi pkg/validation/validate/schema_props.go). These problems have no field
 * of their own upstream: they are told of the whole object.
 */
export function validateJunctors(schema: JSONSchemaProps, junction: Junction): Errors {
  const { anyOf = [], oneOf = [], allOf = [], not } = schema;
  const hasNone = anyOf.length + oneOf.length + allOf.length === 0 && not === undefined;
  if (hasNone) return [];
  const isExcluded = not !== undefined && junction.errorsBy(not).length === 0;
  return [
    ...validateAnyOf(anyOf, junction),
    ...validateOneOf(oneOf, junction),
    ...validateAllOf(allOf, junction),
    ...(isExcluded ? [problem(junction, "not validate the schema (not)")] : []),
  ];
}

function problem({ path }: Junction, text: string): FieldError {
  return invalid("<nil>", "", `${quote(path)} must ${text}`);
}

function validateAnyOf(schemas: readonly JSONSchemaProps[], junction: Junction): Errors {
  if (schemas.length === 0) return [];
  const results = schemas.map(junction.errorsBy);
  if (results.some((errors) => errors.length === 0)) return [];
  return [problem(junction, "validate at least one schema (anyOf)"), ...closest(schemas, results, junction)];
}

function validateOneOf(schemas: readonly JSONSchemaProps[], junction: Junction): Errors {
  if (schemas.length === 0) return [];
  const results = schemas.map(junction.errorsBy);
  const valid = results.filter((errors) => errors.length === 0).length;
  if (valid === 1) return [];
  const found = valid === 0 ? "Found none valid" : `Found ${String(valid)} valid alternatives`;
  return [
    problem(junction, `validate one and only one schema (oneOf). ${found}`),
    ...(valid === 0 ? closest(schemas, results, junction) : []),
  ];
}

function validateAllOf(schemas: readonly JSONSchemaProps[], junction: Junction): Errors {
  const failed = schemas.map(junction.errorsBy).filter((errors) => errors.length > 0);
  if (failed.length === 0) return [];
  const which = failed.length === schemas.length ? ". None validated" : "";
  return [...failed.flat(), problem(junction, `validate all the schemas (allOf)${which}`)];
}

/** What is wrong by the schema that the value fits best. */
function closest(
  schemas: readonly JSONSchemaProps[],
  results: readonly Errors[],
  { value, isValid }: Junction,
): Errors {
  const counts = schemas.map((schema) => matchCount(schema, value, isValid));
  return results[counts.indexOf(Math.max(...counts))] ?? [];
}
