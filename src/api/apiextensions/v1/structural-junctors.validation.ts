import { type FieldError, forbidden, indexPath, keyPath } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { semanticallyEqual } from "../../validation/equality.ts";
import { subSchemas } from "./schema-tree.ts";

const INT_OR_STRING_CHOICE: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];

/** Fields that say what a value is, with what they must be instead. */
const STRUCTURAL_FIELDS = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
] as const satisfies readonly (readonly [keyof JSONSchemaProps, string])[];

export interface JunctorOptions {
  /** Whether the schema is part of the structure, where values may be restricted to numbers and texts. */
  readonly isStructure?: boolean;
  /** Whether the schema itself may do so, as the first of `allOf` of such a one. */
  readonly isChoice?: boolean;
}

/** The schemas under `not`, `allOf`, `anyOf` and `oneOf` of one. */
export function validateJunctors(
  { allOf = [], anyOf = [], oneOf = [], not }: JSONSchemaProps,
  path: string,
  { isStructure = false, isChoice = false }: JunctorOptions = {},
): FieldErrors {
  const skipsAnyOf = (isStructure || isChoice) && isIntOrString(anyOf);
  const skipsFirst = isStructure && isIntOrString(allOf[0]?.anyOf ?? []);
  const nested = (list: readonly JSONSchemaProps[], field: string): FieldErrors =>
    list.flatMap((schema, index) => validateNested(schema, indexPath(`${path}.${field}`, index)));
  return collectErrors(
    !skipsAnyOf && nested(anyOf, "anyOf"),
    allOf.flatMap((schema, index) =>
      validateNested(schema, indexPath(`${path}.allOf`, index), { isChoice: skipsFirst && index === 0 }),
    ),
    nested(oneOf, "oneOf"),
    not && validateNested(not, `${path}.not`),
  );
}

/** The form in which the type of a value that is a number or a text is written. */
function isIntOrString(anyOf: readonly JSONSchemaProps[]): boolean {
  return semanticallyEqual(anyOf, INT_OR_STRING_CHOICE);
}

function validateNested(schema: JSONSchemaProps, path: string, options?: JunctorOptions): FieldErrors {
  const { properties = {} } = schema;
  const children = subSchemas(schema, path).filter(
    ({ field }) => field === "items" || field === "properties",
  );
  return collectErrors(
    validateJunctors(schema, path, options),
    ...children.map((sub) => validateNested(sub.schema, sub.path)),
    STRUCTURAL_FIELDS.flatMap(([field, detail]): readonly FieldError[] => {
      const value = schema[field];
      const isUnset = value === undefined || value === "" || value === false;
      return isUnset ? [] : [forbidden(`${path}.${field}`, detail)];
    }),
    properties["metadata"] !== undefined &&
      forbidden(keyPath(`${path}.properties`, "metadata"), "must not be specified in a nested context"),
  );
}
