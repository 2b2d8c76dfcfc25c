import { DEFINITION_PREFIX } from "../merge/v2-spec.ts";
import type { Operation, Parameter } from "../operations/operation.ts";
import { TEXT } from "../operations/operation.ts";
import { identityOf } from "../operations/operation-identity.ts";
import { type PathItem, pathItems } from "../operations/path-item.ts";
import { KINDS_KEY, type SchemaDocument } from "../schemas/schema-document.ts";
import type { SharedParameters } from "./shared-parameters.ts";

/** The `paths` of a document of OpenAPI v2 (kube-openapi `builder`). What they share is put into `shared`. */
export function v2Paths(
  operations: readonly Operation[],
  shared: SharedParameters,
): Readonly<Record<string, SchemaDocument>> {
  return Object.fromEntries(pathItems(operations).map((item) => [item.path, v2PathItem(item, shared)]));
}

function v2PathItem({ parameters, operations }: PathItem, shared: SharedParameters): SchemaDocument {
  return {
    ...parameterList(parameters.map(v2Parameter), shared),
    ...Object.fromEntries(operations.map((operation) => [operation.method, v2Operation(operation, shared)])),
  };
}

function v2Operation(operation: Operation, shared: SharedParameters): SchemaDocument {
  const { description, consumes, produces, parameters, body, action, kind } = operation;
  const { id, tag } = identityOf(operation);
  const all = [...(body === undefined ? [] : [bodyParameter(body)]), ...parameters.map(v2Parameter)];
  return {
    description,
    ...(consumes.length > 0 && { consumes }),
    produces,
    schemes: ["https"],
    tags: [tag],
    operationId: id,
    ...parameterList(all, shared),
    responses: responses(operation),
    ...(action !== undefined && { "x-kubernetes-action": action }),
    ...(kind !== undefined && { [KINDS_KEY]: kind }),
  };
}

function parameterList(parameters: readonly SchemaDocument[], shared: SharedParameters): SchemaDocument {
  if (parameters.length === 0) return {};
  const sorted = parameters.toSorted((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
  return { parameters: sorted.map((parameter) => shared.refer(parameter)) };
}

/** The keys are in the order of Go's fields, because names of shared parameters are hashes of their JSON. */
function v2Parameter({ name, in: place, type, description }: Parameter): SchemaDocument {
  return {
    uniqueItems: true,
    type,
    ...(description !== undefined && { description }),
    name,
    in: place,
    ...(place === "path" && { required: true }),
  };
}

function bodyParameter({ type, required }: NonNullable<Operation["body"]>): SchemaDocument {
  return { name: "body", in: "body", ...(required && { required }), schema: schemaOf(type) };
}

function responses({ answers }: Operation): SchemaDocument {
  const known = answers.map(({ code, message, type }) => [
    String(code),
    { description: message, schema: schemaOf(type) },
  ]);
  return Object.fromEntries([...known, ["401", { description: "Unauthorized" }]]) as SchemaDocument;
}

function schemaOf(type: string): SchemaDocument {
  return type === TEXT ? { type } : { $ref: DEFINITION_PREFIX + type };
}
