import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { equalJson, isJsonObject } from "#apimachinery/json-value.ts";

/** What an element of a list with keys was before; undefined for other lists, whose elements have no identity. */
export function correlatedItem(schema: JSONSchemaProps, item: unknown, previous: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const isMap = schema["x-kubernetes-list-type"] === "map" && keys.length > 0;
  if (!isMap || !Array.isArray(previous) || !isJsonObject(item)) return undefined;
  return (previous as readonly unknown[]).find(
    (each) => isJsonObject(each) && keys.every((key) => equalJson(each[key], item[key])),
  );
}
