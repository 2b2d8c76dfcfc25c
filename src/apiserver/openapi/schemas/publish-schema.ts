/** What OpenAPI documents say of the schema of a custom resource. */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { equalJson } from "#apimachinery/json-value.ts";
import { omit } from "#base/omit.ts";

/** What one schema says, apart from what is inside. */
type Publish = (schema: JSONSchemaProps) => JSONSchemaProps;

export type OpenApiVersion = "v2" | "v3";

/** Everything, with what is meant by int-or-string written out (upstream pkg/apiserver/schema/unfold.go). */
export function publishInV3(schema: JSONSchemaProps): JSONSchemaProps {
  return publish(schema, (each) => {
    const plain = withPlainJunctors(each);
    return each["x-kubernetes-int-or-string"] === true ? unfold(plain) : plain;
  });
}

/** What OpenAPI v2 knows and kubectl can cope with (upstream pkg/controller/openapi/v2/conversion.go). */
export function publishInV2(schema: JSONSchemaProps): JSONSchemaProps {
  return publish(schema, reduce);
}

function publish(schema: JSONSchemaProps, change: Publish): JSONSchemaProps {
  const changed = change(withoutNothing(schema));
  const { properties, items, additionalProperties } = changed;
  return {
    ...changed,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, publish(each, change)]),
      ),
    }),
    ...(isSchema(items) && { items: publish(items, change) }),
    ...(isSchema(additionalProperties) && { additionalProperties: publish(additionalProperties, change) }),
  };
}

const JUNCTORS = ["allOf", "anyOf", "oneOf"] as const;

/** What junctors say of the values of maps is not told (upstream pkg/apiserver/schema/kubeopenapi.go). */
function withPlainJunctors(schema: JSONSchemaProps): JSONSchemaProps {
  const lists = JUNCTORS.flatMap((name) => {
    const list = schema[name];
    return list === undefined ? [] : [[name, list.map(withoutMapValues)] as const];
  });
  if (lists.length === 0 && schema.not === undefined) return schema;
  return {
    ...schema,
    ...Object.fromEntries(lists),
    ...(schema.not && { not: withoutMapValues(schema.not) }),
  };
}

function withoutMapValues(schema: JSONSchemaProps): JSONSchemaProps {
  const { properties, items } = schema;
  return {
    ...omit(withPlainJunctors(schema), "additionalProperties"),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, withoutMapValues(each)]),
      ),
    }),
    ...(isSchema(items) && { items: withoutMapValues(items) }),
  };
}

/** Flags that are false and texts that are empty are not written, except that there may be no other properties. */
function withoutNothing(schema: JSONSchemaProps): JSONSchemaProps {
  const entries = Object.entries(schema) as [string, unknown][];
  const isNothing = ([key, value]: readonly [string, unknown]): boolean =>
    (value === false || value === "") && !["additionalProperties", "default", "example"].includes(key);
  return entries.some(isNothing)
    ? (Object.fromEntries(entries.filter((entry) => !isNothing(entry))) as JSONSchemaProps)
    : schema;
}

const INT_OR_STRING: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];

function unfold(schema: JSONSchemaProps): JSONSchemaProps {
  const { anyOf, allOf = [] } = schema;
  if ([anyOf, allOf[0]?.anyOf].some((each) => equalJson(each, INT_OR_STRING))) return schema;
  return anyOf === undefined
    ? { ...schema, anyOf: INT_OR_STRING }
    : { ...schema, allOf: [{ anyOf: INT_OR_STRING }, ...allOf] };
}

const ONLY_IN_V3 = ["allOf", "anyOf", "oneOf", "not", "nullable"] as const;

/** Kubectl refuses unknown fields where a type or properties are said, and values that are null where a type is. */
function reduce(schema: JSONSchemaProps): JSONSchemaProps {
  const { required = [], properties = {}, additionalProperties } = schema;
  const published = omit(schema, ...ONLY_IN_V3);
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema.nullable === true) return omit(published, "type", "items", "properties");
  if (isOpen)
    return omit(published, ...(isStructure(schema) ? (["type"] as const) : []), "items", "properties");
  const isNullable = (each: unknown): boolean => isSchema(each) && each.nullable === true;
  const needed = isNullable(additionalProperties)
    ? []
    : required.filter((name) => !isNullable(properties[name]));
  return needed.length === required.length
    ? published
    : { ...omit(published, "required"), ...(needed.length > 0 && { required: needed }) };
}

function isStructure({ type }: JSONSchemaProps): boolean {
  return type === "object" || type === "array";
}
