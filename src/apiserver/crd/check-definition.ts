import { allSchemasWithPaths, type PlacedSchema } from "#api/apiextensions/v1/schema-tree.ts";
import { validateStructural } from "#api/apiextensions/v1/structural.validation.ts";
import { placedFields } from "#api/apiextensions/v1/version-fields.ts";
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
  ValidationRule,
} from "#api/generated/apiextensions-v1.ts";
import { type FieldError, indexPath, invalid } from "#apimachinery/field-error.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { Schema } from "#apimachinery/schema.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { checkDefaults } from "./check-defaults.ts";
import { checkPatterns } from "./check-patterns.ts";

type Errors = readonly FieldError[];

/** What definitions are checked with. */
export interface DefinitionChecks {
  readonly cel: LazyCel;
  /** The schema of ObjectMeta. */
  readonly metaSchema: Schema;
}

/**
 * What is wrong with the defaults and the rules of a definition: what upstream validates by running it (pkg/apiserver/
 * schema/defaulting/validation.go and cel/compilation.go). Rules that have been stored before are let pass.
 */
export function checkDefinition(
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
  { cel, metaSchema }: DefinitionChecks,
): Errors {
  const known = new Set(previous === undefined ? [] : rulesOf(previous).map(({ rule }) => rule.rule));
  const isNew = previous === undefined || !equalJson(previous.spec.versions, definition.spec.versions);
  if (!isNew) return [];
  return [
    ...placedFields(definition.spec, "schema").flatMap(({ value: { openAPIV3Schema }, path }) =>
      openAPIV3Schema === undefined
        ? []
        : checkSchema(openAPIV3Schema, `${path}.openAPIV3Schema`, metaSchema),
    ),
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

/** Defaults are looked at in a structure that is right. */
function checkSchema(schema: JSONSchemaProps, path: string, metaSchema: Schema): Errors {
  const patterns = checkPatterns(schema, path);
  if (patterns.length > 0) return patterns;
  return validateStructural(schema, path).length > 0 ? [] : checkDefaults(schema, path, metaSchema);
}
