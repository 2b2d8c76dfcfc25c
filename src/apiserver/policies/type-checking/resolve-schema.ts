import { modelName } from "#api/model-name.ts";
import type { BuiltInSchemas } from "#api/schemas.ts";
import type { StructuralSchema } from "../../cel/schema/structural-schema.ts";
import { ComponentBuilder } from "../../openapi/schemas/component-builder.ts";
import { customComponents, SHARED_TYPES } from "../../openapi/schemas/custom-component.ts";
import { COMPONENT_PREFIX, type SchemaDocument } from "../../openapi/schemas/schema-document.ts";
import type { ServedResource } from "../../registry/served-resource.ts";

type Components = Readonly<Record<string, SchemaDocument>>;

/** What OpenAPI says of a kind, with all that it refers to put in its place (apiserver `cel/openapi/resolver`). */
export function resolveSchema(served: ServedResource, schemas: BuiltInSchemas): StructuralSchema {
  const { group, version, kind } = served.resource;
  const builtIn = new ComponentBuilder(schemas, { descriptions: {}, groupVersions: [] });
  const name = served.builtIn ? schemas.nameOf(group, version, kind) : undefined;
  if (name !== undefined) return putIn({ $ref: COMPONENT_PREFIX + name }, builtIn.build([name]), new Set());
  const components = { ...builtIn.build(SHARED_TYPES), ...customComponents(served, {}, "v3") };
  return putIn({ $ref: COMPONENT_PREFIX + modelName(served.resource) }, components, new Set());
}

/** What refers to itself is an object of which nothing is known. */
function putIn(
  schema: SchemaDocument,
  components: Components,
  around: ReadonlySet<string>,
): StructuralSchema {
  const name = referenceOf(schema);
  if (name !== undefined) {
    return around.has(name)
      ? { type: "object" }
      : putIn(components[name] ?? {}, components, new Set([...around, name]));
  }
  const inside = (each: unknown): StructuralSchema => putIn(each as SchemaDocument, components, around);
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    // Built-in types say it with a format, custom ones with an extension.
    ...(schema["format"] === "int-or-string" && { "x-kubernetes-int-or-string": true }),
    ...(isDocument(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, inside(each)])),
    }),
    ...(isDocument(items) && { items: inside(items) }),
    ...(isDocument(additionalProperties) && { additionalProperties: inside(additionalProperties) }),
  };
}

/** References to which something is added are wrapped. */
function referenceOf({ $ref, allOf = [] }: SchemaDocument): string | undefined {
  if (typeof $ref === "string") return $ref.slice(COMPONENT_PREFIX.length);
  const parts = (allOf as readonly SchemaDocument[]).map(referenceOf);
  return parts.find((each) => each !== undefined);
}

function isDocument(value: unknown): value is SchemaDocument {
  return typeof value === "object" && value !== null;
}
