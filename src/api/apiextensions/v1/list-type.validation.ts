/** Rules of how lists are merged (same upstream file as `schema.validation.ts`). */
import { forbidden, invalid, keyPath, notSupported, required } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { collectErrors, type FieldErrors } from "../../validation/collect-errors.ts";
import { repetitions } from "../../validation/lists.ts";
import { isSchema } from "./schema-tree.ts";
import { typeMismatch } from "./type-mismatch.ts";

const LIST_TYPES = ["atomic", "set", "map"];
const ATOMIC_ITEMS = "must be atomic as item of a list with x-kubernetes-list-type=set";

export function validateListType(schema: JSONSchemaProps, path: string): FieldErrors {
  const { type = "", "x-kubernetes-list-type": listType } = schema;
  const items = isSchema(schema.items) ? schema.items : undefined;
  if (listType === undefined) return validateKeysOf(schema, path);
  return collectErrors(
    type !== "array" && typeMismatch(type, path, "must be array if x-kubernetes-list-type is specified"),
    listType === "set" && type === "array" && items && validateSetItems(items, `${path}.items`),
    !LIST_TYPES.includes(listType) && notSupported(`${path}.x-kubernetes-list-type`, listType, LIST_TYPES),
    validateKeysOf(schema, path),
    listType === "map" && validateMapItems(schema, path),
    (listType === "set" || listType === "map") && items && validatePresence(items, schema, path),
  );
}

/** Only lists that are maps have keys. */
function validateKeysOf(schema: JSONSchemaProps, path: string): FieldErrors {
  const { "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const typePath = `${path}.x-kubernetes-list-type`;
  const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
  if (keys.length === 0 || listType === "map") return [];
  return [listType === undefined ? required(typePath, detail) : invalid(typePath, listType, detail)];
}

function validateSetItems(items: JSONSchemaProps, path: string): FieldErrors {
  const { type, "x-kubernetes-list-type": listType = "atomic", "x-kubernetes-map-type": mapType } = items;
  return collectErrors(
    type === "array" &&
      listType !== "atomic" &&
      invalid(`${path}.x-kubernetes-list-type`, listType, ATOMIC_ITEMS),
    type === "object" &&
      mapType !== "atomic" &&
      // Upstream prints the type of the list here.
      invalid(`${path}.x-kubernetes-map-type`, items["x-kubernetes-list-type"] ?? null, ATOMIC_ITEMS),
  );
}

function validateMapItems(schema: JSONSchemaProps, path: string): FieldErrors {
  const { items, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  return collectErrors(
    keys.length === 0 && required(keysPath, "must not be empty if x-kubernetes-list-type is map"),
    items === undefined && required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map"),
    items !== undefined &&
      !isSchema(items) &&
      invalid(`${path}.items`, items, "must only have a single schema if x-kubernetes-list-type is map"),
    isSchema(items) &&
      items.type !== "object" &&
      invalid(
        `${path}.items.type`,
        items.type ?? "",
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    isSchema(items) && items.type === "object" && validateKeys(items, keys, path),
  );
}

function validateKeys(items: JSONSchemaProps, keys: readonly string[], path: string): FieldErrors {
  const isRepeated = repetitions();
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  return keys.flatMap((key) => {
    const property = items.properties?.[key];
    const isStructure = property?.type === "array" || property?.type === "object";
    return collectErrors(
      property === undefined && invalid(keysPath, keys, "entries must all be names of item properties"),
      isStructure &&
        invalid(
          `${keyPath(`${path}.items.properties`, key)}.type`,
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      isRepeated(key) && invalid(keysPath, keys, "must not contain duplicate entries"),
    );
  });
}

/** Items and their keys must be there, or the items could not be told apart. */
function validatePresence(items: JSONSchemaProps, list: JSONSchemaProps, path: string): FieldErrors {
  const { "x-kubernetes-list-type": listType = "", "x-kubernetes-list-map-keys": keys = [] } = list;
  return collectErrors(
    items.nullable === true &&
      forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    listType === "map" && keys.flatMap((key) => validateKeyPresence(items, key, `${path}.items`)),
  );
}

function validateKeyPresence(items: JSONSchemaProps, key: string, path: string): FieldErrors {
  const property = items.properties?.[key];
  if (property === undefined) return [];
  const propertyPath = keyPath(`${path}.properties`, key);
  const isGiven = items.required?.includes(key) === true || property.default !== undefined;
  return collectErrors(
    !isGiven &&
      required(
        `${propertyPath}.default`,
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
      ),
    property.nullable === true &&
      forbidden(
        `${propertyPath}.nullable`,
        "this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
      ),
  );
}
