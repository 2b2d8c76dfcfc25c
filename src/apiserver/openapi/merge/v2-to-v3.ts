/** Turns what OpenAPI v2 says into v3, for extension servers that do not (kube-openapi `openapiconv`). */
import { COMPONENT_PREFIX, type SchemaDocument } from "../schemas/schema-document.ts";
import { referredDefinition, type V2Spec, withOwnParameters } from "./v2-spec.ts";

/** The document of one group version. */
export function toV3Document(spec: V2Spec): SchemaDocument {
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "unversioned" },
    paths: mapValues(withOwnParameters(spec), toV3Path),
    components: { schemas: mapValues(spec.definitions, toV3Schema) },
  };
}

function toV3Path(item: SchemaDocument): SchemaDocument {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      if (key === "parameters") return [key, (value as readonly SchemaDocument[]).map(toV3Parameter)];
      return [key, key.startsWith("x-") ? value : toV3Operation(value as SchemaDocument)];
    }),
  );
}

function toV3Operation(operation: SchemaDocument): SchemaDocument {
  const { parameters = [], responses = {}, consumes = [], produces = [], schemes: _, ...rest } = operation;
  const all = parameters as readonly SchemaDocument[];
  const body = all.find((parameter) => parameter["in"] === "body");
  const others = all.filter((parameter) => parameter !== body);
  return {
    ...rest,
    ...(others.length > 0 && { parameters: others.map(toV3Parameter) }),
    ...(body && { requestBody: { content: contentOf(body, consumes as readonly string[]) } }),
    responses: mapValues(
      responses as Readonly<Record<string, SchemaDocument>>,
      ({ schema, ...response }) => ({
        ...response,
        ...(schema !== undefined && { content: contentOf({ schema }, produces as readonly string[]) }),
      }),
    ),
  };
}

/** All media types carry the same schema. */
function contentOf({ schema }: SchemaDocument, mediaTypes: readonly string[]): SchemaDocument {
  const converted = toV3Schema(schema as SchemaDocument);
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: converted }]));
}

function toV3Parameter(parameter: SchemaDocument): SchemaDocument {
  const { type, format, uniqueItems, items, ...rest } = parameter;
  const schema = Object.entries({ type, format, uniqueItems, items }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...rest, schema: Object.fromEntries(schema) };
}

/** In v3 nothing stands beside a reference but in a list. */
function toV3Schema(schema: SchemaDocument): SchemaDocument {
  const { $ref: _, ...rest } = schema;
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, toV3Value(key, value)]),
  );
  const name = referredDefinition(schema);
  if (name === undefined) return converted;
  const reference = { $ref: COMPONENT_PREFIX + name };
  return Object.keys(converted).length === 0 ? reference : { ...converted, allOf: [reference] };
}

function toV3Value(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  switch (key) {
    case "items":
    case "additionalProperties":
      return Array.isArray(value)
        ? (value as readonly SchemaDocument[]).map(toV3Schema)
        : toV3Schema(value as SchemaDocument);
    case "properties":
      return mapValues(value as Readonly<Record<string, SchemaDocument>>, toV3Schema);
    default:
      return value;
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
