import { type Operation, type Parameter, TEXT } from "../operations/operation.ts";
import { identityOf } from "../operations/operation-identity.ts";
import { type PathItem, pathItems } from "../operations/path-item.ts";
import { COMPONENT_PREFIX, KINDS_KEY, type SchemaDocument } from "../schemas/schema-document.ts";

/** The `paths` of a document of OpenAPI v3 (kube-openapi `builder3`). */
export function v3Paths(operations: readonly Operation[]): Readonly<Record<string, SchemaDocument>> {
  return Object.fromEntries(pathItems(operations).map((item) => [item.path, v3PathItem(item)]));
}

function v3PathItem({ parameters, operations }: PathItem): SchemaDocument {
  return {
    ...parameterList(parameters),
    ...Object.fromEntries(operations.map((operation) => [operation.method, v3Operation(operation)])),
  };
}

function v3Operation(operation: Operation): SchemaDocument {
  const { description, consumes, parameters, body, action, kind } = operation;
  const { id, tag } = identityOf(operation);
  return {
    tags: [tag],
    description,
    operationId: id,
    ...parameterList(parameters),
    ...(body !== undefined && {
      requestBody: { content: contentOf(body.type, consumes), ...(body.required && { required: true }) },
    }),
    responses: responses(operation),
    ...(action !== undefined && { "x-kubernetes-action": action }),
    ...(kind !== undefined && { [KINDS_KEY]: kind }),
  };
}

function parameterList(parameters: readonly Parameter[]): SchemaDocument {
  return parameters.length === 0 ? {} : { parameters: parameters.map(v3Parameter) };
}

function v3Parameter({ name, in: place, type, description }: Parameter): SchemaDocument {
  return {
    name,
    in: place,
    ...(description !== undefined && { description }),
    ...(place === "path" && { required: true }),
    schema: { type, uniqueItems: true },
  };
}

function responses({ answers, produces }: Operation): SchemaDocument {
  const known = answers.map(({ code, message, type }) => [
    String(code),
    { description: message, content: contentOf(type, produces) },
  ]);
  return Object.fromEntries([...known, ["401", { description: "Unauthorized" }]]) as SchemaDocument;
}

/** All media types carry the same. */
function contentOf(type: string, mediaTypes: readonly string[]): SchemaDocument {
  const schema = type === TEXT ? { type } : { $ref: COMPONENT_PREFIX + type };
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
}
