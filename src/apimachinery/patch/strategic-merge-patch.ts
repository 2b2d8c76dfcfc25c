import { quote } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { Field, ObjectSchema, Schema } from "../schema.ts";
import { badRequest, unclassified } from "../status-error.ts";
import { checkPatch } from "./patch-document.ts";
import {
  applyRetainKeys,
  BAD_ELEMENT_ORDER,
  BAD_PRIMITIVE_LIST,
  DELETE_PREFIX,
  directiveField,
  ORDER_PREFIX,
  PATCH,
  RETAIN_KEYS,
  replaceByDirective,
  withoutDirectives,
} from "./strategic-directives.ts";
import {
  checkElementOrder,
  deleteFromList,
  elementOrderList,
  type JsonList,
  liveOrderOf,
  mergeList,
  orderElements,
  wrongType,
} from "./strategic-list.ts";

/**
 * Applies a strategic merge patch: as a merge patch, but lists are merged where the schema says so, and directives
 * in the patch say what else to do. The result shares with document and patch what it takes over. Throws
 * `StatusError`s with upstream's codes and messages (apimachinery `pkg/util/strategicpatch`): 400 for malformed
 * directives, 422 for lists of lists, and 500 for everything that does not fit the schema.
 */
export function applyStrategicMergePatch(
  document: JsonObject,
  patch: unknown,
  schema: ObjectSchema,
): JsonObject {
  if (!isJsonObject(patch)) throw badRequest("invalid JSON document");
  checkPatch(patch);
  return mergeObject(document, patch, schema);
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return replaceByDirective(patch);
  const merged = new Map(Object.entries(applyRetainKeys(original, patch)));
  const done = new Set<string>([RETAIN_KEYS]);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(ORDER_PREFIX)) continue;
    const name = directiveField(key, BAD_ELEMENT_ORDER);
    mergeOrderedList(merged, patch, { name, order: value, schema });
    done.add(key).add(name);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!done.has(key) && value !== undefined) mergeField(merged, key, value, schema);
  }
  return Object.fromEntries(merged);
}

interface OrderedList {
  readonly name: string;
  /** The value of the `$setElementOrder` directive. */
  readonly order: unknown;
  readonly schema: Schema;
}

/** Merges a list and then puts its elements into the order that the directive asks for. */
function mergeOrderedList(
  merged: Map<string, unknown>,
  patch: JsonObject,
  { name, order, schema }: OrderedList,
): void {
  const original = listOrAbsent(merged.get(name));
  const change = listOrAbsent(patch[name]);
  const orderList = elementOrderList(order);
  const list = lookUpList(schema, name);
  checkElementOrder(change ?? [], orderList, list.mergeKey);
  if (original === undefined && change === undefined) return;
  const { mergeKey } = list;
  const combined =
    original === undefined ? (withoutDirectives(change) as JsonList) : mergeLists(original, change, list);
  const liveOrder = liveOrderOf(original ?? [], combined, mergeKey);
  merged.set(name, orderElements(combined, { order: orderList, liveOrder, mergeKey }));
}

function mergeField(merged: Map<string, unknown>, key: string, value: unknown, schema: Schema): void {
  if (key.startsWith(DELETE_PREFIX)) return deleteFromField(merged, key, value);
  const original = merged.get(key);
  const next = value === null ? undefined : mergeValue(original, value, { schema, key });
  if (next === undefined) merged.delete(key);
  else merged.set(key, next);
}

/** Undefined when the field goes. */
function mergeValue(
  original: unknown,
  patch: unknown,
  { schema, key }: { readonly schema: Schema; readonly key: string },
): unknown {
  if (isJsonObject(original) && isJsonObject(patch)) {
    const field = lookUpField(schema, key);
    return field.patchStrategy.includes("replace") ? patch : mergeObject(original, patch, field.schema);
  }
  if (Array.isArray(original) && Array.isArray(patch)) {
    return mergeLists(original, patch, lookUpList(schema, key));
  }
  return withoutDirectives(patch);
}

function deleteFromField(merged: Map<string, unknown>, key: string, value: unknown): void {
  const name = directiveField(key, BAD_PRIMITIVE_LIST);
  const original = merged.get(name);
  if (Array.isArray(original) && Array.isArray(value)) merged.set(name, deleteFromList(original, value));
}

interface ListField {
  readonly isMerged: boolean;
  readonly mergeKey: string;
  readonly items: Schema;
}

function mergeLists(original: JsonList, patch: JsonList | undefined, list: ListField): JsonList {
  if (patch === undefined) return original;
  if (!list.isMerged) return patch;
  return mergeList(original, patch, {
    mergeKey: list.mergeKey,
    mergeElement: (element, change) => mergeObject(element, change, list.items),
  });
}

function lookUpList(schema: Schema, key: string): ListField {
  const field = lookUpField(schema, key);
  if (field.schema.type !== "list") {
    throw unclassified(`expected slice or array type, but got: ${goKind(schema)}`);
  }
  return {
    isMerged: field.patchStrategy.includes("merge"),
    mergeKey: field.patchMergeKey ?? "",
    items: field.schema.items,
  };
}

function lookUpField(schema: Schema, key: string): Field {
  if (schema.type !== "object") {
    throw unclassified(
      `merging an object in json but data type is not struct, instead is: ${goKind(schema)}`,
    );
  }
  const field = schema.fields.get(key);
  if (field !== undefined) return field;
  const struct = schema.name.slice(schema.name.lastIndexOf(".") + 1);
  throw unclassified(`unable to find api field in struct ${struct} for the json field ${quote(key)}`);
}

/** What Go's reflection calls the kind of a type. */
function goKind({ type }: Schema): string {
  if (type === "map") return "map";
  return type === "list" ? "slice" : "struct";
}

function listOrAbsent(value: unknown): JsonList | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw wrongType("[]interface {}", value);
  return value as JsonList;
}
