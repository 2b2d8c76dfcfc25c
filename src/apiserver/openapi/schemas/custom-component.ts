/** The types of custom resources in OpenAPI (apiextensions-apiserver pkg/controller/openapi/builder). */
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps, SelectableField } from "#api/generated/apiextensions-v1.ts";
import { modelName } from "#api/model-name.ts";
import type { Resource } from "#api/resource.ts";
import type { ServedResource } from "../../registry/served-resource.ts";
import type { Descriptions } from "../descriptions.ts";
import { type OpenApiVersion, publishInV2, publishInV3 } from "./publish-schema.ts";
import { COMPONENT_PREFIX, KINDS_KEY, META, type SchemaDocument } from "./schema-document.ts";

const CONVENTIONS = "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md";
const OBJECT_DESCRIPTION = `Standard object's metadata. More info: ${CONVENTIONS}#metadata`;
const LIST_DESCRIPTION = `Standard list metadata. More info: ${CONVENTIONS}#types-kinds`;

const EMBEDDED_DESCRIPTIONS: Readonly<Record<string, string>> = {
  apiVersion: `apiVersion defines the versioned schema of this representation of an object. More info: ${CONVENTIONS}#resources`,
  kind: `kind is a string value representing the type of this object. In CamelCase. More info: ${CONVENTIONS}#types-kinds`,
};

/** The types that those of custom resources refer to. */
export const SHARED_TYPES: readonly string[] = [`${META}.ObjectMeta`, `${META}.ListMeta`];

/** The schemas of a custom resource and of lists of it, by their OpenAPI names; none when nobody has defined it. */
export function customComponents(
  { resource, readVersion }: ServedResource,
  descriptions: Descriptions,
  version: OpenApiVersion,
): Readonly<Record<string, SchemaDocument>> {
  if (readVersion === undefined) return {};
  const typeMeta = typeMetaProperties(descriptions[`${META}.TypeMeta`] ?? {});
  const { schema, selectableFields } = readVersion();
  const list = { ...resource, kind: listKindOf(resource) };
  const selectable = selectableExtension(selectableFields);
  const object = objectComponent(schema?.openAPIV3Schema, typeMeta, version);
  return {
    [modelName(resource)]: { ...object, ...kindsOf(resource, resource.kind), ...selectable },
    [modelName(list)]: { ...listComponent(resource, typeMeta), ...selectable },
  };
}

function selectableExtension(fields: readonly SelectableField[] = []): SchemaDocument {
  if (fields.length === 0) return {};
  const paths = fields.map(({ jsonPath }) => ({ fieldPath: jsonPath.replace(/^\./, "") }));
  return { "x-kubernetes-selectable-fields": paths };
}

function listKindOf({ kind, listKind = `${kind}List` }: Resource): string {
  return listKind;
}

/** A type whose fields nobody knows has none at all in v2: kubectl would take those that are there for all. */
function objectComponent(
  schema: JSONSchemaProps | undefined,
  typeMeta: SchemaDocument,
  version: OpenApiVersion,
): SchemaDocument {
  const isOpen = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema === undefined || (version === "v2" && isOpen)) return { type: "object" };
  const document = withTypeMeta(version === "v2" ? publishInV2(schema) : publishInV3(schema), version);
  const properties = {
    ...(document["properties"] as SchemaDocument | undefined),
    ...typeMeta,
    metadata: reference("ObjectMeta", OBJECT_DESCRIPTION),
  };
  return { ...document, properties };
}

function listComponent(resource: Resource, typeMeta: SchemaDocument): SchemaDocument {
  const listKind = listKindOf(resource);
  const items = {
    type: "array",
    items: { $ref: COMPONENT_PREFIX + modelName(resource) },
    description: `List of ${resource.name}. More info: ${CONVENTIONS}`,
  };
  return {
    description: `${listKind} is a list of ${resource.kind}`,
    type: "object",
    required: ["items"],
    properties: { ...typeMeta, items, metadata: reference("ListMeta", LIST_DESCRIPTION) },
    ...kindsOf(resource, listKind),
  };
}

function kindsOf({ group, version }: Resource, kind: string): SchemaDocument {
  return { [KINDS_KEY]: [{ group, kind, version }] };
}

function typeMetaProperties(descriptions: Readonly<Record<string, string>>): SchemaDocument {
  return Object.fromEntries(
    ["apiVersion", "kind"].map((name) => {
      const description = descriptions[name];
      return [name, { ...(description !== undefined && { description }), type: "string" }];
    }),
  );
}

function reference(type: string, description: string): SchemaDocument {
  return { description, allOf: [{ $ref: `${COMPONENT_PREFIX}${META}.${type}` }] };
}

/** Adds to whole objects inside a schema what all objects have; kubectl would take it for all that they have in v2. */
function withTypeMeta(schema: JSONSchemaProps, version: OpenApiVersion): SchemaDocument {
  const { properties, items, additionalProperties } = schema;
  const document: SchemaDocument = {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, each]) => [name, withTypeMeta(each, version)]),
      ),
    }),
    ...(isSchema(items) && { items: withTypeMeta(items, version) }),
    ...(isSchema(additionalProperties) && {
      additionalProperties: withTypeMeta(additionalProperties, version),
    }),
  };
  const isBare = version === "v2" && schema["x-kubernetes-preserve-unknown-fields"] === true;
  return schema["x-kubernetes-embedded-resource"] === true && !isBare ? embedded(document) : document;
}

function embedded(document: SchemaDocument): SchemaDocument {
  const required = new Set([
    ...((document["required"] as readonly string[] | undefined) ?? []),
    "kind",
    "apiVersion",
  ]);
  const typeMeta = Object.fromEntries(
    Object.entries(EMBEDDED_DESCRIPTIONS).map(([name, description]) => [
      name,
      { description, type: "string" },
    ]),
  );
  const metadata = reference("ObjectMeta", OBJECT_DESCRIPTION);
  const properties = { ...(document["properties"] as SchemaDocument | undefined), ...typeMeta, metadata };
  return { ...document, required: [...required], properties };
}
