/**
 * Structural schemas say of every field what it is, outside of the junctors that only restrict values
 * (apiextensions-apiserver pkg/apiserver/schema/{validation,complete}.go). Patterns are not compiled.
 */
import {
  type FieldError,
  forbidden,
  formatFieldError,
  invalid,
  keyPath,
  required,
} from "#apimachinery/field-error.ts";
import { omit } from "#base/omit.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { isSchema, type SubSchema, subSchemas } from "./schema-tree.ts";
import { validateCompleteness } from "./structural-completeness.validation.ts";
import { validateJunctors } from "./structural-junctors.validation.ts";
import { typeMismatch } from "./type-mismatch.ts";

/** What an untyped schema would be about. */
type Level = "root" | "item" | "field";

const MISSING_TYPE: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};
const EMBEDDED = "x-kubernetes-embedded-resource";
const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";

/** Sorted by their texts. */
export function validateStructural(schema: JSONSchemaProps, path: string): readonly FieldError[] {
  const errors = [...validateStructure(schema, path, "root"), ...validateCompleteness(schema, path)];
  return errors.toSorted((a, b) => (formatFieldError(a) < formatFieldError(b) ? -1 : 1));
}

function validateStructure(schema: JSONSchemaProps, path: string, level: Level): FieldErrors {
  const isEmbedded = schema[EMBEDDED] === true;
  return collectErrors(
    schema.type === "array" && !isSchema(schema.items) && required(`${path}.items`, "must be specified"),
    ...structuralChildren(schema, path).map((sub) =>
      validateStructure(sub.schema, sub.path, sub.field === "items" ? "item" : "field"),
    ),
    schema.additionalProperties !== undefined &&
      level === "root" &&
      forbidden(`${path}.additionalProperties`, "must not be used at the root"),
    validateExtensions(schema, path),
    validateJunctors(schema, path, { isStructure: true }),
    validateType(schema, path, level),
    schema.additionalProperties !== undefined &&
      isEmbedded &&
      forbidden(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set"),
    (level === "root" || isEmbedded) && validateMeta(schema, path),
    level === "root" && validateRootMetadata(schema, path),
    isEmbedded &&
      schema[PRESERVE] !== true &&
      Object.keys(schema.properties ?? {}).length === 0 &&
      required(
        `${path}.properties`,
        "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
      ),
  );
}

function structuralChildren(schema: JSONSchemaProps, path: string): readonly SubSchema[] {
  const fields: readonly string[] = ["items", "properties", "additionalProperties"];
  return subSchemas(schema, path).filter(({ field }) => fields.includes(field));
}

function validateExtensions(schema: JSONSchemaProps, path: string): FieldErrors {
  if (schema[INT_OR_STRING] !== true) return [];
  const detail = "must be false if x-kubernetes-int-or-string is true";
  return [PRESERVE, EMBEDDED].flatMap((extension) =>
    schema[extension as keyof JSONSchemaProps] === true
      ? [invalid(`${path}.${extension}`, true, detail)]
      : [],
  );
}

function validateType(schema: JSONSchemaProps, path: string, level: Level): FieldErrors {
  const { type = "" } = schema;
  const isOpen = schema[INT_OR_STRING] === true || schema[PRESERVE] === true;
  const isEmbedded = schema[EMBEDDED] === true;
  return collectErrors(
    isEmbedded &&
      type !== "object" &&
      typeMismatch(type, path, "must be object if x-kubernetes-embedded-resource is true"),
    !isEmbedded && type === "" && !isOpen && required(`${path}.type`, MISSING_TYPE[level]),
    level === "root" &&
      type !== "" &&
      type !== "object" &&
      invalid(`${path}.type`, type, "must be object at the root"),
  );
}

/** The fields that every resource has cannot be of other types. */
function validateMeta({ properties = {} }: JSONSchemaProps, path: string): FieldErrors {
  const types = { kind: "string", apiVersion: "string", metadata: "object" };
  return Object.entries(types).flatMap(([name, type]) => {
    const property = properties[name];
    if (property === undefined || property.type === type) return [];
    const typePath = `${keyPath(`${path}.properties`, name)}.type`;
    return [invalid(typePath, property.type ?? "", `must be ${type}`)];
  });
}

/** Of the metadata, only names can be restricted. */
function validateRootMetadata({ properties = {} }: JSONSchemaProps, path: string): FieldErrors {
  const { metadata } = properties;
  if (metadata === undefined) return [];
  const names = Object.keys(metadata.properties ?? {});
  const onlyNames = names.every((name) => name === "name" || name === "generateName");
  const others = Object.keys(omit(metadata, "type", "default", "properties"));
  if (onlyNames && others.length === 0) return [];
  const detail =
    "must not specify anything other than name and generateName, but metadata is implicitly specified";
  return [forbidden(keyPath(`${path}.properties`, "metadata"), detail)];
}
