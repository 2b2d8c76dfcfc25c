import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import {
  duplicate,
  type FieldError,
  indexPath,
  invalid,
  keyPath,
  Unstructured,
} from "#apimachinery/field-error.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

type Errors = readonly FieldError[];

/** Elements of sets and of lists with keys that are there twice (upstream pkg/apiserver/schema/listtype). */
export function validateLists(schema: JSONSchemaProps, value: unknown, path = ""): Errors {
  if (Array.isArray(value)) return validateList(schema, value as readonly unknown[], path);
  return isJsonObject(value) ? validateFields(schema, value, path) : [];
}

function validateFields(schema: JSONSchemaProps, object: JsonObject, path: string): Errors {
  const { properties = {}, additionalProperties } = schema;
  return Object.entries(object).flatMap(([name, each]) => {
    const property = ownValue(properties, name);
    if (property !== undefined) return validateLists(property, each, path === "" ? name : `${path}.${name}`);
    return isSchema(additionalProperties)
      ? validateLists(additionalProperties, each, keyPath(path, name))
      : [];
  });
}

function validateList(schema: JSONSchemaProps, list: readonly unknown[], path: string): Errors {
  const { items } = schema;
  return [
    ...validateIdentity(schema, list, path),
    ...(isSchema(items)
      ? list.flatMap((each, index) => validateLists(items, each, indexPath(path, index)))
      : []),
  ];
}

function validateIdentity(schema: JSONSchemaProps, list: readonly unknown[], path: string): Errors {
  const listType = schema["x-kubernetes-list-type"];
  if (listType === "set") return duplicatesOf(list, path);
  return listType === "map" ? validateKeys(schema["x-kubernetes-list-map-keys"] ?? [], list, path) : [];
}

function validateKeys(keys: readonly string[], list: readonly unknown[], path: string): Errors {
  const other = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (other >= 0) {
    const detail = "must be an object for an array of list-type map";
    return [invalid(indexPath(path, other), new Unstructured(list[other]), detail)];
  }
  const identities = list.map((item) => {
    const given = keys.filter((key) => isJsonObject(item) && Object.hasOwn(item, key));
    return Object.fromEntries(given.map((key) => [key, (item as JsonObject)[key]]));
  });
  return duplicatesOf(identities, path);
}

/** Each repeated value once, where it is repeated first. */
function duplicatesOf(values: readonly unknown[], path: string): Errors {
  const seen = new Map<string, number>();
  return values.flatMap((value, index) => {
    const text = canonical(value);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2 ? [duplicate(indexPath(path, index), new Unstructured(value))] : [];
  });
}

/** A text that is the same for equal values, whatever the order of their fields. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isJsonObject(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
