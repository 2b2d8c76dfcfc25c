import { isJsonObject, type JsonObject } from "../json-value.ts";
import { EMPTY_SET, type FieldSet, MEMBER, sortedEntries } from "./field-set.ts";
import { type PathElement, parsePathElement } from "./path-element.ts";

type FieldNode = typeof MEMBER;

/** Reads the set in `managedFields[].fieldsV1`. Steps of an unknown kind are dropped. Throws a SyntaxError. */
export function parseFieldsV1(fields: unknown): FieldSet {
  if (fields === undefined || fields === null) return EMPTY_SET;
  if (!isJsonObject(fields)) throw new SyntaxError("managedFields parsing: expected an object");
  return parseNode(fields).children;
}

/** An object without children is a member; one with children only if it has the entry `.`. */
function parseNode(fields: JsonObject): FieldNode {
  const children = new Map<PathElement, FieldNode>();
  let isMember = false;
  for (const [key, value] of Object.entries(fields)) {
    if (key === ".") {
      isMember = true;
      continue;
    }
    const element = parsePathElement(key);
    if (element !== undefined) children.set(element, isJsonObject(value) ? parseNode(value) : MEMBER);
  }
  return children.size === 0 ? MEMBER : { isMember, children };
}

/** The form in which a set is stored. */
export function formatFieldsV1(set: FieldSet): JsonObject {
  return Object.fromEntries(
    sortedEntries(set).map(([element, { isMember, children }]) => {
      const below = formatFieldsV1(children);
      return [element, isMember && children.size > 0 ? { ".": {}, ...below } : below];
    }),
  );
}
