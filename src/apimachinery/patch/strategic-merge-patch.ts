import { goTypeOf, quote } from "../go-text.ts";
import { isJsonObject, type JsonObject } from "../json-value.ts";
import type { Field, ObjectSchema, Schema } from "../schema.ts";
import { badRequest, unclassified } from "../status-error.ts";
import { checkPatch } from "./check-patch.ts";
import {
  applyRetainKeys,
  BAD_ELEMENT_ORDER,
  BAD_PRIMITIVE_LIST,
  DELETE_PREFIX,
  directiveField,
  newValue,
  ORDER_PREFIX,
  PATCH,
  RETAIN_KEYS,
  replaceByDirective,
  withoutDirectives,
} from "./strategic-directives.ts";
import {
  checkElementOrder,
  checkElements,
  checkElementTypes,
  deleteFromList,
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
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(ORDER_PREFIX)) continue;
    done.add(directive).add(mergeOrderedList(merged, patch, { directive, schema }));
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!done.has(key) && value !== undefined) mergeField(merged, key, value, schema);
  }
  return Object.fromEntries(merged);
}

interface OrderedList {
  /** `$setElementOrder/` and the name of the list. */
  readonly directive: string;
  readonly schema: Schema;
}

/** Merges a list and then puts its elements into the order that the directive asks for. */
function mergeOrderedList(
  merged: Map<string, unknown>,
  patch: JsonObject,
  { directive, schema }: OrderedList,
): string {
  const order = listOf(patch[directive]);
  const name = directiveField(directive, BAD_ELEMENT_ORDER);
  const original = merged.has(name) ? listOf(merged.get(name)) : undefined;
  const change = patch[name] === undefined ? undefined : listOf(patch[name]);
  const list = lookUpList(schema, name);
  const { mergeKey } = list;
  checkElementOrder(change ?? [], order, mergeKey);
  if (original === undefined && change === undefined) return name;
  const combined =
    original === undefined ? (withoutDirectives(change) as JsonList) : mergeLists(original, change, list);
  checkElements(combined, order, mergeKey);
  checkElementTypes(original ?? [], change ?? []);
  const liveOrder = liveOrderOf(original ?? [], combined, mergeKey);
  merged.set(name, orderElements(combined, { order, liveOrder, mergeKey }));
  return name;
}

function mergeField(merged: Map<string, unknown>, key: string, value: unknown, schema: Schema): void {
  const isDeletion = key.startsWith(DELETE_PREFIX);
  const name = isDeletion ? directiveField(key, BAD_PRIMITIVE_LIST) : key;
  const original = merged.get(name);
  if (value === null) merged.delete(name);
  else if (goTypeOf(original) === goTypeOf(value)) {
    setOrDelete(merged, name, mergeValue(original, value, { schema, name, isDeletion }));
  } else if (!isDeletion) setOrDelete(merged, name, newValue(value));
}

function setOrDelete(merged: Map<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) merged.delete(name);
  else merged.set(name, value);
}

/** Merges values of one type. Undefined when the field goes. */
function mergeValue(
  original: unknown,
  patch: unknown,
  {
    schema,
    name,
    isDeletion,
  }: { readonly schema: Schema; readonly name: string; readonly isDeletion: boolean },
): unknown {
  if (isJsonObject(original) && isJsonObject(patch)) {
    const field = lookUpField(schema, name);
    return field.patchStrategy.includes("replace") ? patch : mergeObject(original, patch, field.schema);
  }
  if (!Array.isArray(original) || !Array.isArray(patch)) return patch;
  const list = lookUpList(schema, name);
  return isDeletion ? deleteFromList(original, patch, goKind(list.items)) : mergeLists(original, patch, list);
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
    kind: goKind(list.items),
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
function goKind(schema: Schema): string {
  return GO_KINDS[schema.type] ?? "struct";
}

const GO_KINDS: Partial<Record<Schema["type"], string>> = {
  map: "map",
  list: "slice",
  bytes: "slice",
  string: "string",
  boolean: "bool",
  int32: "int32",
  int64: "int64",
  number: "float64",
};

function listOf(value: unknown): JsonList {
  if (!Array.isArray(value)) throw wrongType("[]interface {}", value);
  return value as JsonList;
}
