import { isJsonObject, type JsonObject } from "../json-value.ts";
import { EMPTY_SET, type FieldSet, nodeOf, SELF } from "./field-set.ts";
import { comparePathElements, type PathElement, parsePathElement } from "./path-element.ts";

/**
 * Reads the set in `managedFields[].fieldsV1` as a client may have written it: brings its path elements into their
 * form and order, and drops those of an unknown kind. Throws a SyntaxError.
 */
export function parseFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return EMPTY_SET;
  if (!isJsonObject(fields)) throw new SyntaxError("managedFields parsing: expected an object");
  return parseNode(fields, false);
}

/** The set in an entry that was stored, which had its form then. */
export function storedFieldsV1(fields: unknown): FieldSet {
  return isJsonObject(fields) ? (fields as FieldSet) : EMPTY_SET;
}

function parseNode(fields: JsonObject, isNode = true): FieldSet {
  const nodes = new Map<PathElement, FieldSet>();
  for (const [key, value] of Object.entries(fields)) {
    const element = key === SELF ? undefined : parsePathElement(key);
    if (element !== undefined) nodes.set(element, isJsonObject(value) ? parseNode(value) : EMPTY_SET);
  }
  const entries = [...nodes].sort(([a], [b]) => comparePathElements(a, b));
  return nodeOf(isNode && Object.hasOwn(fields, SELF), entries);
}
