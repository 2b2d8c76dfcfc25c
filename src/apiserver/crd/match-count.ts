import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { formatOf, wantedInstead } from "./validate-type.ts";

/** Whether a value has nothing wrong by a schema. */
export type IsValid = (schema: JSONSchemaProps, value: unknown) => boolean;

/**
 * How many checks a value has passed, in the way in which kube-openapi counts them (`Result.MatchCount`): of several
 * schemas that it fails, the one with most of them is what its author meant.
 */
export function matchCount(schema: JSONSchemaProps, value: unknown, isValid: IsValid): number {
  const hasRightType = wantedInstead(schema, value) === undefined;
  if (value === null || value === undefined) return Number(hasRightType);
  const isTyped = (schema.type ?? "") !== "" || formatOf(schema) !== "";
  const isEither = schema["x-kubernetes-int-or-string"] === true;
  const typed = isTyped || isEither ? 1 + Number(hasRightType) : 0;
  // The junctors, the enumeration and the schema itself always count.
  return 4 + typed + ofJunctors(schema, value, isValid) + ofKind(schema, value, isValid);
}

/** The checks that are only for values of one type. */
function ofKind(schema: JSONSchemaProps, value: unknown, isValid: IsValid): number {
  if (typeof value === "string") return formatOf(schema) === "" ? 1 : 2;
  if (typeof value === "number" || typeof value === "bigint") return 2;
  const count = (sub: JSONSchemaProps, each: unknown): number => matchCount(sub, each, isValid);
  if (Array.isArray(value)) {
    const { items } = schema;
    return 2 + (isSchema(items) ? sum(value.map((each: unknown) => count(items, each))) : 0);
  }
  return isJsonObject(value) ? 1 + sum(fieldsOf(schema, value).map(([sub, each]) => count(sub, each))) : 0;
}

function fieldsOf(
  { properties = {}, additionalProperties }: JSONSchemaProps,
  object: JsonObject,
): readonly (readonly [JSONSchemaProps, unknown])[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const field = ownValue(properties, name) ?? additionalProperties;
    return isSchema(field) ? [[field, value] as const] : [];
  });
}

function ofJunctors(schema: JSONSchemaProps, value: unknown, isValid: IsValid): number {
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  const count = (sub: JSONSchemaProps): number => matchCount(sub, value, isValid);
  const fits = (sub: JSONSchemaProps): boolean => isValid(sub, value);
  const most = (list: readonly JSONSchemaProps[]): number => Math.max(0, ...list.map(count));
  const [anyFits] = anyOf.filter(fits);
  const [oneFits, ...others] = oneOf.filter(fits);
  return (
    (anyFits === undefined ? most(anyOf) : count(anyFits)) +
    (oneFits === undefined ? most(oneOf) : others.length === 0 ? count(oneFits) : 0) +
    sum(allOf.map(count))
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
