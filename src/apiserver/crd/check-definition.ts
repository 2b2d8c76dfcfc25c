import { type Placed, placedFields } from "#api/apiextensions/v1/version-fields.ts";
import { validateValidation } from "#api/apiextensions/v1/version-fields.validation.ts";
import type { CustomResourceDefinition } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { Schema } from "#apimachinery/schema.ts";
import { CompileBudget } from "../cel/compile-budget.ts";
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
 * schema/defaulting/validation.go and cel/compilation.go). Schemas that are wrong by themselves are left to validation.
 */
export function checkDefinition(
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
  checks: DefinitionChecks,
): Errors {
  if (previous !== undefined && equalJson(previous.spec.versions, definition.spec.versions)) return [];
  const budget = new CompileBudget();
  return placedFields(definition.spec, "schema").flatMap((placed) =>
    checkSchema(placed, previous, { ...checks, budget }),
  );
}

/** Defaults are looked at in a structure that is right, and rules when the defaults are right. */
function checkSchema(
  { value, path, versions }: Placed<"schema">,
  previous: CustomResourceDefinition | undefined,
  { cel, metaSchema, budget }: DefinitionChecks & { readonly budget: CompileBudget },
): Errors {
  const { openAPIV3Schema: schema } = value;
  if (schema === undefined) return [];
  const schemaPath = `${path}.openAPIV3Schema`;
  const patterns = checkPatterns(schema, schemaPath);
  if (patterns.length > 0) return patterns;
  if (validateValidation(value, path, false).length > 0) return [];
  const defaults = checkDefaults(schema, schemaPath, metaSchema);
  if (defaults.length > 0) return defaults;
  const [version] = versions;
  const before = previous?.spec.versions.find(({ name }) => name === version?.name)?.schema?.openAPIV3Schema;
  const rules = cel.checkRules(schema, {
    path: schemaPath,
    isUnchanged: equalJson(before, schema),
    budget,
  });
  if (budget.isSpent) return rules;
  const rulesOfDefaults = cel.checkDefaults(schema, schemaPath);
  return rulesOfDefaults.length > 0 ? rulesOfDefaults : rules;
}
