import { allSchemasWithPaths, type PlacedSchema } from "#api/apiextensions/v1/schema-tree.ts";
import { placedFields } from "#api/apiextensions/v1/version-fields.ts";
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
  ValidationRule,
} from "#api/generated/apiextensions-v1.ts";
import { type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { validateValue } from "./validate-value.ts";

type Errors = readonly FieldError[];

/**
 * What is wrong with the defaults and the rules of a definition: what upstream validates by running it (pkg/apiserver/
 * schema/defaulting/validation.go and cel/compilation.go). Rules that have been stored before are let pass.
 */
export function checkDefinition(
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
  cel: LazyCel,
): Errors {
  const known = new Set(previous === undefined ? [] : rulesOf(previous).map(({ rule }) => rule.rule));
  const schemas = schemasOf(definition);
  const isNew = previous === undefined || !equalJson(previous.spec.versions, definition.spec.versions);
  if (!isNew) return [];
  return [
    ...schemas.flatMap(({ schema, path }) => checkDefault(schema, path)),
    ...rulesOf(definition).flatMap((each) => (known.has(each.rule.rule) ? [] : checkRule(each, cel))),
  ];
}

function schemasOf({ spec }: CustomResourceDefinition): readonly PlacedSchema[] {
  return placedFields(spec, "schema").flatMap(({ value: { openAPIV3Schema }, path }) =>
    openAPIV3Schema === undefined ? [] : allSchemasWithPaths(openAPIV3Schema, `${path}.openAPIV3Schema`),
  );
}

interface PlacedRule {
  readonly rule: ValidationRule;
  readonly path: string;
}

function rulesOf(definition: CustomResourceDefinition): readonly PlacedRule[] {
  return schemasOf(definition).flatMap(({ schema, path }) =>
    (schema["x-kubernetes-validations"] ?? []).map((rule, index) => ({
      rule,
      path: indexPath(`${path}.x-kubernetes-validations`, index),
    })),
  );
}

function checkRule({ rule, path }: PlacedRule, cel: LazyCel): Errors {
  const { messageExpression } = rule;
  return [
    ...checkExpression(rule.rule, cel).map((problem) => invalid(`${path}.rule`, rule, problem)),
    ...(messageExpression === undefined
      ? []
      : checkExpression(messageExpression, cel).map((problem) =>
          invalid(`${path}.messageExpression`, rule, `messageExpression ${problem}`),
        )),
  ];
}

function checkExpression(text: string, cel: LazyCel): readonly string[] {
  const problem = text.trim() === "" ? undefined : cel.problemOf(text);
  return problem === undefined ? [] : [`compilation failed: ${problem}`];
}

/** Messages name fields from the default on. */
function checkDefault(schema: JSONSchemaProps, path: string): Errors {
  if (schema.default === undefined) return [];
  const at = `${path}.default`;
  return validateValue(schema, { path: "", value: schema.default, previous: undefined }).map((error) => ({
    ...error,
    field: error.field === "" || error.field === "<nil>" ? at : `${at}.${error.field}`,
  }));
}
