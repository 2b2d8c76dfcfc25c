import { allSchemasWithPaths } from "#api/apiextensions/v1/schema-tree.ts";
import { type Placed, placedFields } from "#api/apiextensions/v1/version-fields.ts";
import { validateValidation } from "#api/apiextensions/v1/version-fields.validation.ts";
import type { CustomResourceDefinition, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { FieldError } from "#apimachinery/field-error.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import type { LazyCel } from "./cel/lazy-cel.ts";
import { validateValue } from "./validate-value.ts";

type Errors = readonly FieldError[];

/**
 * What is wrong with the defaults and the rules of a definition: what upstream validates by running it (pkg/apiserver/
 * schema/defaulting/validation.go and cel/compilation.go). Schemas that are wrong by themselves are left to validation.
 */
export function checkDefinition(
  definition: CustomResourceDefinition,
  previous: CustomResourceDefinition | undefined,
  cel: LazyCel,
): Errors {
  if (previous !== undefined && equalJson(previous.spec.versions, definition.spec.versions)) return [];
  return placedFields(definition.spec, "schema").flatMap((placed) => checkSchema(placed, previous, cel));
}

/** Rules are looked at when the defaults are right. */
function checkSchema(
  { value, path, versions }: Placed<"schema">,
  previous: CustomResourceDefinition | undefined,
  cel: LazyCel,
): Errors {
  const { openAPIV3Schema: schema } = value;
  if (schema === undefined || validateValidation(value, path, false).length > 0) return [];
  const schemaPath = `${path}.openAPIV3Schema`;
  const errors = allSchemasWithPaths(schema, schemaPath).flatMap((each) =>
    checkDefault(each.schema, each.path),
  );
  if (errors.length > 0) return errors;
  const rulesOfDefaults = cel.checkDefaults(schema, schemaPath);
  if (rulesOfDefaults.length > 0) return rulesOfDefaults;
  const [version] = versions;
  const before = previous?.spec.versions.find(({ name }) => name === version?.name)?.schema?.openAPIV3Schema;
  return cel.checkRules(schema, { path: schemaPath, isUnchanged: equalJson(before, schema) });
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
