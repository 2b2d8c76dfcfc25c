import { indexPath, keyPath, required } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isSchema } from "./schema-tree.ts";

/** A place in the structure, and the place of a restriction of its values. */
interface Places {
  readonly structure: string;
  readonly restriction: string;
}

/** Whatever is restricted must be in the structure too. */
export function validateCompleteness(schema: JSONSchemaProps, path: string): FieldErrors {
  return validateJunctors(schema, schema, { structure: path, restriction: path });
}

function validateJunctors(
  { not, allOf = [], anyOf = [], oneOf = [] }: JSONSchemaProps,
  structure: JSONSchemaProps,
  { structure: at, restriction }: Places,
): FieldErrors {
  const nested = (list: readonly JSONSchemaProps[], field: string): FieldErrors =>
    list.flatMap((schema, index) =>
      validateRestriction(schema, structure, {
        structure: at,
        restriction: indexPath(`${restriction}.${field}`, index),
      }),
    );
  return collectErrors(
    not && validateRestriction(not, structure, { structure: at, restriction: `${restriction}.not` }),
    nested(allOf, "allOf"),
    nested(anyOf, "anyOf"),
    nested(oneOf, "oneOf"),
  );
}

function validateRestriction(
  schema: JSONSchemaProps,
  structure: JSONSchemaProps | undefined,
  places: Places,
): FieldErrors {
  if (structure === undefined) {
    return [required(places.structure, `because it is defined in ${places.restriction}`)];
  }
  const items = isSchema(structure.items) ? structure.items : undefined;
  return collectErrors(
    validateJunctors(schema, structure, places),
    isSchema(schema.items) &&
      validateRestriction(schema.items, items, {
        structure: `${places.structure}.items`,
        restriction: `${places.restriction}.items`,
      }),
    Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      validateRestriction(property, structure.properties?.[name], {
        structure: keyPath(`${places.structure}.properties`, name),
        restriction: keyPath(`${places.restriction}.properties`, name),
      }),
    ),
  );
}
