/** Rules of what each version of a custom resource has (upstream pkg/apis/apiextensions/validation/validation.go). */
import { forbidden, invalid, required } from "#apimachinery/field-error.ts";
import type {
  CustomResourceColumnDefinition,
  CustomResourceSubresources,
  CustomResourceValidation,
  JSONSchemaProps,
} from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { validateSchema } from "./schema.validation.ts";
import { allSchemas } from "./schema-tree.ts";
import { validateStructural } from "./structural.validation.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

/** Fields of a root schema that are kept when the schema of the status is taken out, in upstream's words. */
const ROOT_FIELDS: Readonly<Record<string, string>> = {
  description: "Description",
  type: "Type",
  format: "Format",
  title: "Title",
  maximum: "Maximum",
  exclusiveMaximum: "ExclusiveMaximum",
  minimum: "Minimum",
  exclusiveMinimum: "ExclusiveMinimum",
  maxLength: "MaxLength",
  minLength: "MinLength",
  pattern: "Pattern",
  maxItems: "MaxItems",
  minItems: "MinItems",
  uniqueItems: "UniqueItems",
  multipleOf: "MultipleOf",
  required: "Required",
  items: "Items",
  properties: "Properties",
  externalDocs: "ExternalDocs",
  example: "Example",
  "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "x-kubernetes-validations": "XValidations",
};

/** Values of defaults are not validated. */
export function validateValidation(
  { openAPIV3Schema: schema }: CustomResourceValidation,
  path: string,
  hasStatus: boolean,
): FieldErrors {
  if (schema === undefined) return [];
  const schemaPath = `${path}.openAPIV3Schema`;
  const isUnreadable = allSchemas(schema).some(({ $schema = "" }) => $schema !== "");
  const errors = collectErrors(
    hasStatus && validateRootFields(schema, schemaPath),
    schema.nullable === true && forbidden(`${schemaPath}.nullable`, "nullable cannot be true at the root"),
    !isUnreadable && validateStructural(schema, schemaPath),
    validateSchema(schema, schemaPath),
  );
  if (errors.length > 0 || !isUnreadable) return errors;
  return [invalid(schemaPath, "", "OpenAPIV3Schema 'schema' is not supported")];
}

function validateRootFields(schema: JSONSchemaProps, path: string): FieldErrors {
  const condition = "if the status subresource is enabled";
  const { type = "object" } = schema;
  if (type !== "object") {
    return [
      invalid(
        `${path}.type`,
        type,
        `only "object" is allowed as the type at the root of the schema ${condition}`,
      ),
    ];
  }
  if (Object.keys(schema).every((field) => Object.hasOwn(ROOT_FIELDS, field))) return [];
  const allowed = Object.values(ROOT_FIELDS).join(" ");
  return [
    invalid(path, schema, `only [${allowed}] fields are allowed at the root of the schema ${condition}`),
  ];
}

export function validateSubresources({ scale }: CustomResourceSubresources, path: string): FieldErrors {
  if (scale === undefined) return [];
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = "" } = scale;
  return collectErrors(
    validateScalePath(specReplicasPath, `${path}.scale.specReplicasPath`, [".spec"]),
    validateScalePath(statusReplicasPath, `${path}.scale.statusReplicasPath`, [".status"]),
    labelSelectorPath !== "" &&
      validateScalePath(labelSelectorPath, `${path}.scale.labelSelectorPath`, [".spec", ".status"]),
  );
}

function validateScalePath(text: string, path: string, parents: readonly string[]): FieldErrors {
  if (text === "") return [required(path)];
  if (!text.startsWith(".")) return [invalid(path, text, "must be a simple json path starting with .")];
  if (parents.some((parent) => text.startsWith(`${parent}.`))) return [];
  const which = parents.length > 1 ? `either ${parents.join(" or ")}` : parents.join("");
  return [invalid(path, text, `should be a json path under ${which}`)];
}

export function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldErrors {
  const { name, type, format = "", jsonPath } = column;
  const types = `must be one of ${COLUMN_TYPES.join(",")}`;
  return collectErrors(
    name === "" && required(`${path}.name`),
    type === "" && required(`${path}.type`, types),
    type !== "" && !COLUMN_TYPES.includes(type) && invalid(`${path}.type`, type, types),
    format !== "" &&
      !COLUMN_FORMATS.includes(format) &&
      invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(",")}`),
    jsonPath === "" && required(`${path}.JSONPath`),
    jsonPath !== "" &&
      !jsonPath.startsWith(".") &&
      invalid(`${path}.JSONPath`, jsonPath, "must be a simple json path starting with ."),
  );
}
