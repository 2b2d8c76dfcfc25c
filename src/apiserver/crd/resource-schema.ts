/**
 * The shape of a custom resource, from the structural schema of its definition: what decoding prunes by
 * (apiextensions-apiserver pkg/apiserver/schema/pruning) and what server-side apply merges by.
 */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type {
  Field,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  ScalarType,
  Schema,
} from "#apimachinery/schema.ts";

/** Everything that is not declared goes, down to the leaves. */
const NOTHING: ObjectSchema = {
  type: "object",
  name: "",
  fields: new Map(),
  unknownFields: "drop",
  atomic: false,
  lenient: true,
};

const SCALARS: Readonly<Record<string, ScalarType>> = {
  string: "string",
  boolean: "boolean",
  integer: "int64",
  number: "number",
};

/** A version without a schema has objects of any shape. */
const ANYTHING: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** The structural schema of a version. */
export function schemaOf({ schema }: Pick<CustomResourceDefinitionVersion, "schema">): JSONSchemaProps {
  return schema?.openAPIV3Schema ?? ANYTHING;
}

/** The shape of a whole object; `metaSchema` is that of ObjectMeta. */
export function resourceSchema(schema: JSONSchemaProps, metaSchema: Schema, name: string): ObjectSchema {
  const { fields, unknownFields } = objectSchema(schema, metaSchema, name);
  return { ...NOTHING, name, fields: new Map([...fields, ...metaFields(metaSchema)]), unknownFields };
}

/** An embedded resource has its metadata only when it says so, the object itself always. */
function metaFields(metaSchema: Schema, isRoot = true): readonly (readonly [string, Field])[] {
  const text = plainField("", { type: "string", lenient: true });
  const metadata = plainField("metadata", metaSchema);
  return [
    ["kind", { ...text, name: "kind" }],
    ["apiVersion", { ...text, name: "apiVersion" }],
    ["metadata", isRoot ? { ...metadata, presence: "nonEmpty" } : metadata],
  ];
}

function plainField(name: string, schema: Schema): Field {
  return { name, schema, presence: "whenSet", patchStrategy: [] };
}

function valueSchema(schema: JSONSchemaProps, metaSchema: Schema): Schema {
  if (schema["x-kubernetes-int-or-string"] === true) return { type: "intOrString", lenient: true };
  const scalar = SCALARS[schema.type ?? ""];
  if (scalar !== undefined) return { type: scalar, lenient: true } satisfies ScalarSchema;
  const { additionalProperties, properties = {} } = schema;
  const hasProperties = Object.keys(properties).length > 0;
  const isUntyped = (schema.type ?? "") === "";
  if (schema.type === "array" || (isUntyped && isSchema(schema.items))) return listSchema(schema, metaSchema);
  if (isUntyped && !hasProperties && additionalProperties === undefined) return { type: "any" };
  if (additionalProperties === undefined || hasProperties) return objectSchema(schema, metaSchema, "");
  return {
    type: "map",
    values: mapValues(schema, metaSchema),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    lenient: true,
  } satisfies MapSchema;
}

/** Where only a truth says that there may be other fields, nothing is known of what is inside of them. */
function mapValues({ additionalProperties }: JSONSchemaProps, metaSchema: Schema): Schema {
  return isSchema(additionalProperties) ? valueSchema(additionalProperties, metaSchema) : NOTHING;
}

function objectSchema(schema: JSONSchemaProps, metaSchema: Schema, name: string): ObjectSchema {
  const { additionalProperties } = schema;
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const properties = Object.entries(schema.properties ?? {}).map(([property, each]): [string, Field] => [
    property,
    {
      ...plainField(property, valueSchema(each, metaSchema)),
      ...(each.default !== undefined && { default: each.default }),
    },
  ]);
  const meta = schema["x-kubernetes-embedded-resource"] === true ? metaFields(metaSchema, false) : [];
  return {
    ...NOTHING,
    name,
    fields: new Map([...properties, ...meta]),
    unknownFields: isOpen || additionalProperties !== undefined ? "preserve" : "drop",
    ...(additionalProperties !== undefined && { unknownValues: mapValues(schema, metaSchema) }),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
  };
}

function listSchema(schema: JSONSchemaProps, metaSchema: Schema): ListSchema {
  const listType = schema["x-kubernetes-list-type"];
  return {
    type: "list",
    items: isSchema(schema.items) ? valueSchema(schema.items, metaSchema) : { type: "any" },
    listType: listType === "set" || listType === "map" ? listType : "atomic",
    keys: listType === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : [],
    lenient: true,
  };
}
