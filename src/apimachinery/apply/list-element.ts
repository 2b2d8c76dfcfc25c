import { goValue, quote } from "../go-text.ts";
import { isJsonObject } from "../json-value.ts";
import type { Field, ListSchema, ScalarType } from "../schema.ts";
import { isScalarSchema } from "../schema.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";

/** An element that cannot be told apart from others; the message is that of structured-merge-diff. */
export class ElementError extends Error {}

/** The step to an element of a list with keys or of a set. Throws an `ElementError`. */
export function elementOf(list: ListSchema, item: unknown): PathElement {
  return list.keys.length > 0 ? keyedElement(list, item) : setElement(item);
}

/** Undefined where `elementOf` throws. */
export function tryElementOf(list: ListSchema, item: unknown): PathElement | undefined {
  try {
    return elementOf(list, item);
  } catch (error) {
    if (error instanceof ElementError) return undefined;
    throw error;
  }
}

function keyedElement(list: ListSchema, item: unknown): PathElement {
  if (item === null) throw new ElementError("associative list with keys may not have a null element");
  if (!isJsonObject(item)) throw new ElementError("associative list with keys may not have non-map elements");
  const fields: Record<string, unknown> = {};
  let isEmpty = true;
  for (const key of list.keys) {
    const value = item[key] ?? keyDefault(list, key);
    if (value === undefined) continue;
    fields[key] = value;
    isEmpty = false;
  }
  if (!isEmpty) return keyElement(fields);
  const keys = goValue(list.keys.map(quote));
  throw new ElementError(
    `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`,
  );
}

const ZEROS: Partial<Record<ScalarType, unknown>> = {
  string: "",
  int32: 0,
  int64: 0,
  number: 0,
  boolean: false,
};

/** A declared default, and for a field that Go always writes its zero value: so says Kubernetes' OpenAPI. */
function keyDefault({ items }: ListSchema, key: string): unknown {
  const field: Field | undefined = items.type === "object" ? items.fields.get(key) : undefined;
  if (field === undefined || field.default !== undefined) return field?.default;
  return field.presence === "always" && isScalarSchema(field.schema) ? ZEROS[field.schema.type] : undefined;
}

function setElement(item: unknown): PathElement {
  if (item === null) {
    throw new ElementError("associative list without keys has an element that's an explicit null");
  }
  if (Array.isArray(item)) {
    throw new ElementError("not supported: associative list with lists as elements");
  }
  if (isJsonObject(item))
    throw new ElementError("associative list without keys has an element that's a map type");
  return valueElement(item);
}
