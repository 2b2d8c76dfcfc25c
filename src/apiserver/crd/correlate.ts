/** Which parts of an object are those that it had before (apiserver pkg/cel/common/equality.go `CorrelatedObject`). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { equalJson, isJsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";

/** What an element of a list with keys was before; undefined for other lists, whose elements have no identity. */
export function correlatedItem(schema: JSONSchemaProps, item: unknown, previous: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const isMap = schema["x-kubernetes-list-type"] === "map" && keys.length > 0;
  if (!isMap || !Array.isArray(previous) || !isJsonObject(item)) return undefined;
  return (previous as readonly unknown[]).find(
    (each) => isJsonObject(each) && keys.every((key) => equalJson(each[key], item[key])),
  );
}

/** An old value, and the schema by which it is found again in a new one. */
export interface Previous {
  readonly schema: JSONSchemaProps;
  readonly value: unknown;
}

/** What a field has been; undefined where it was not there, or the schema does not know it. */
export function correlatedField({ schema, value }: Previous, name: string): Previous | undefined {
  const { properties = {}, additionalProperties } = schema;
  const field = ownValue(properties, name) ?? additionalProperties;
  if (!isSchema(field) || !isJsonObject(value) || !Object.hasOwn(value, name)) return undefined;
  return { schema: field, value: value[name] };
}

/** What an element of a list has been. */
export function correlatedElement({ schema, value }: Previous, item: unknown): Previous | undefined {
  const { items } = schema;
  const previous = correlatedItem(schema, item, value);
  return isSchema(items) && previous !== undefined ? { schema: items, value: previous } : undefined;
}

/** Whether a value is what it has been, as far as the schema can tell: fields that it does not know count as changed. */
export function isUnchanged(value: unknown, previous: Previous): boolean {
  const old = previous.value;
  if (Array.isArray(value) && Array.isArray(old)) return isUnchangedList(value, old, previous);
  if (!isJsonObject(value) || !isJsonObject(old)) return equalJson(value ?? null, old ?? null);
  const names = Object.keys(value);
  return (
    names.length === Object.keys(old).length &&
    names.every((name) => {
      const field = correlatedField(previous, name);
      return field !== undefined && isUnchanged(value[name], field);
    })
  );
}

function isUnchangedList(list: readonly unknown[], old: readonly unknown[], previous: Previous): boolean {
  if (previous.schema["x-kubernetes-list-type"] !== "map") return equalJson(list, old);
  return (
    list.length === old.length &&
    list.every((item) => {
      const element = correlatedElement(previous, item);
      return element !== undefined && isUnchanged(item, element);
    })
  );
}
