import { COMPONENT_PREFIX, type SchemaDocument } from "./component.ts";
import type { PathsDocument } from "./paths.ts";

const DEFINITION_PREFIX = "#/definitions/";

/** As far as `pathsOf` writes them. */
interface V3Operation {
  readonly parameters: readonly V3Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
  readonly [key: string]: unknown;
}

interface V3Parameter {
  readonly schema: SchemaDocument;
  readonly [key: string]: unknown;
}

type Content = Readonly<Record<string, { readonly schema?: { readonly $ref: string } }>>;

/** Turns the paths of OpenAPI v3 into those of v2, where bodies are parameters and media types are apart. */
export function toV2Paths(paths: PathsDocument): PathsDocument {
  return mapValues(paths, ({ parameters, ...operations }) => ({
    parameters: (parameters as readonly V3Parameter[]).map(toV2Parameter),
    ...mapValues(operations, (operation) => toV2Operation(operation as V3Operation)),
  }));
}

function toV2Operation({ parameters, requestBody, responses, ...rest }: V3Operation): SchemaDocument {
  const { content: answer = {} } = responses["200"] ?? {};
  return {
    ...rest,
    ...(requestBody && { consumes: Object.keys(requestBody.content) }),
    produces: Object.keys(answer),
    parameters: [
      ...(requestBody ? [bodyParameter(requestBody.content, requestBody.required)] : []),
      ...parameters.map(toV2Parameter),
    ],
    responses: mapValues(responses, ({ description, content = {} }) => ({
      description,
      ...schemaOf(content),
    })),
  };
}

function toV2Parameter({ schema, ...parameter }: V3Parameter): SchemaDocument {
  return { ...parameter, ...schema };
}

function bodyParameter(content: Content, required = false): SchemaDocument {
  return { in: "body", name: "body", ...(required && { required }), ...schemaOf(content) };
}

/** All media types carry the same schema. */
function schemaOf(content: Content): SchemaDocument {
  const [first] = Object.values(content);
  if (first?.schema === undefined) return {};
  return { schema: { $ref: first.schema.$ref.replace(COMPONENT_PREFIX, DEFINITION_PREFIX) } };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
