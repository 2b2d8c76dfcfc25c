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

/** The same of a value that server-side apply knows nothing of. */
const UNKNOWN: ObjectSchema = { ...NOTHING, open: "value" };

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

/** What holds for all that is nested in a schema. */
interface Surroundings {
  readonly metaSchema: Schema;
  /** Fields that are not declared are let through further out: server-side apply does not ask for them below. */
  readonly isOpen: boolean;
}

/** The shape of a whole object; `metaSchema` is that of ObjectMeta. */
export function resourceSchema(schema: JSONSchemaProps, metaSchema: Schema, name: string): ObjectSchema {
  const { fields, unknownFields } = objectSchema(schema, { metaSchema, isOpen: false }, name);
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

function valueSchema(schema: JSONSchemaProps, around: Surroundings): Schema {
  if (schema["x-kubernetes-int-or-string"] === true) {
    return { type: "intOrString", lenient: true, open: "value" };
  }
  const scalar = scalarSchema(schema);
  if (scalar !== undefined) return scalar;
  const { additionalProperties, properties = {} } = schema;
  const hasProperties = Object.keys(properties).length > 0;
  const isUntyped = (schema.type ?? "") === "";
  if (schema.type === "array" || (isUntyped && isSchema(schema.items))) return listSchema(schema, around);
  if (isUntyped && !hasProperties && additionalProperties === undefined) return { type: "any" };
  if (additionalProperties === undefined || hasProperties) return objectSchema(schema, around, "");
  return {
    type: "map",
    values: mapValues(schema, around),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    lenient: true,
    ...(isUntyped && { open: "value" as const }),
  } satisfies MapSchema;
}

function scalarSchema({ type = "", format = "" }: JSONSchemaProps): ScalarSchema | undefined {
  const scalar = SCALARS[type];
  if (scalar === undefined) return undefined;
  const isFormatted = scalar === "string" && format !== "" && format !== "byte";
  return { type: scalar, lenient: true, ...(isFormatted && { open: "scalar" }) };
}

/** Where only a truth says that there may be other fields, nothing is known of what is inside of them. */
function mapValues({ additionalProperties }: JSONSchemaProps, around: Surroundings): Schema {
  return isSchema(additionalProperties) ? valueSchema(additionalProperties, around) : UNKNOWN;
}

function objectSchema(schema: JSONSchemaProps, around: Surroundings, name: string): ObjectSchema {
  const { additionalProperties } = schema;
  const preserves = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const isOpen = around.isOpen || preserves;
  const properties = Object.entries(schema.properties ?? {}).map(([property, each]): [string, Field] => [
    property,
    {
      ...plainField(property, valueSchema(each, { ...around, isOpen })),
      ...(each.default !== undefined && { default: each.default }),
    },
  ]);
  const meta = schema["x-kubernetes-embedded-resource"] === true ? metaFields(around.metaSchema, false) : [];
  const fields = new Map([...properties, ...meta]);
  const open = (schema.type ?? "") === "" ? "value" : isOpen || fields.size === 0 ? "fields" : undefined;
  return {
    ...NOTHING,
    name,
    fields,
    unknownFields: preserves || additionalProperties !== undefined ? "preserve" : "drop",
    ...(additionalProperties !== undefined && {
      unknownValues: mapValues(schema, { ...around, isOpen }),
    }),
    atomic: schema["x-kubernetes-map-type"] === "atomic",
    ...(open !== undefined && { open }),
  };
}

function listSchema(schema: JSONSchemaProps, around: Surroundings): ListSchema {
  const listType = schema["x-kubernetes-list-type"];
  const isOpen = around.isOpen || schema["x-kubernetes-preserve-unknown-fields"] === true;
  return {
    type: "list",
    items: isSchema(schema.items) ? valueSchema(schema.items, { ...around, isOpen }) : { type: "any" },
    listType: listType === "set" || listType === "map" ? listType : "atomic",
    keys: listType === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : [],
    lenient: true,
    ...(schema.type !== "array" && { open: "value" as const }),
  };
}
