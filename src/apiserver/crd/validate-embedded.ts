import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { checkPathSegmentName } from "#api/validation/names.ts";
import { validateObjectMeta } from "#api/validation/object-meta.ts";
import {
  type FieldError,
  indexPath,
  invalid,
  keyPath,
  required,
  Unstructured,
} from "#apimachinery/field-error.ts";
import { checkDNS1035Label } from "#apimachinery/formats.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

type Errors = readonly FieldError[];

/** Type and metadata of whole objects inside a custom resource (upstream pkg/apiserver/schema/objectmeta). */
export function validateEmbedded(schema: JSONSchemaProps, value: unknown, path = ""): Errors {
  const { properties = {}, additionalProperties, items } = schema;
  if (Array.isArray(value)) {
    return isSchema(items)
      ? value.flatMap((each: unknown, index) => validateEmbedded(items, each, indexPath(path, index)))
      : [];
  }
  if (!isJsonObject(value)) return [];
  return [
    ...(schema["x-kubernetes-embedded-resource"] === true ? validateResource(value, path) : []),
    ...Object.entries(value).flatMap(([name, each]) => {
      const property = ownValue(properties, name);
      if (property !== undefined)
        return validateEmbedded(property, each, path === "" ? name : `${path}.${name}`);
      return isSchema(additionalProperties)
        ? validateEmbedded(additionalProperties, each, keyPath(path, name))
        : [];
    }),
  ];
}

function validateResource(resource: JsonObject, path: string): Errors {
  const { apiVersion, kind, metadata } = resource;
  const start = path === "" ? "" : `${path}.`;
  return [
    ...validateText(apiVersion, `${start}apiVersion`, checkApiVersion),
    ...validateText(kind, `${start}kind`, checkKind),
    ...(isJsonObject(metadata) ? validateMeta(metadata, `${start}metadata`) : []),
  ];
}

function validateText(value: unknown, path: string, check: (text: string) => readonly string[]): Errors {
  if (value === undefined) return [required(path)];
  if (typeof value !== "string") return [invalid(path, new Unstructured(value), "must be a string")];
  if (value === "") return [invalid(path, value, "must not be empty")];
  return check(value).map((problem) => invalid(path, value, problem));
}

function checkApiVersion(text: string): readonly string[] {
  return text.split("/").length > 2 ? [`unexpected GroupVersion string: ${text}`] : [];
}

function checkKind(kind: string): readonly string[] {
  const problems = checkDNS1035Label(kind.toLowerCase());
  return problems.length === 0
    ? []
    : [`may have mixed case, but should otherwise match: ${problems.join(",")}`];
}

/** An object without a name of its own is as good as any other. */
function validateMeta(metadata: JsonObject, path: string): Errors {
  const meta = { ...metadata, name: metadata["name"] ?? "fakename" } as ObjectMeta;
  const namespaced = (meta.namespace ?? "") !== "";
  return validateObjectMeta(
    meta,
    { namespaced, validateName: checkPathSegmentName, anyFinalizer: true },
    path,
  );
}
