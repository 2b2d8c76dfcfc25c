import type { BuiltInSchemas } from "#api/schemas.ts";
import type { Descriptions } from "../descriptions.ts";
import { META } from "../schemas/schema-document.ts";
import { type Parameter, pathParameter } from "./operation.ts";

/** What the types of Go are called in queries; other fields of options cannot be set there. */
const TYPES: Readonly<Record<string, Parameter["type"]>> = {
  string: "string",
  bool: "boolean",
  int32: "integer",
  int64: "integer",
};

/** Makes parameters of the fields of options (apiserver `pkg/endpoints` `AddObjectParams`). */
export class OptionParameters {
  readonly #schemas: BuiltInSchemas;
  readonly #descriptions: Descriptions;
  readonly pretty: Parameter;
  readonly namespace: Parameter;
  /** What is behind the name in requests to a proxy. */
  readonly path: Parameter;

  constructor(schemas: BuiltInSchemas, descriptions: Descriptions) {
    this.#schemas = schemas;
    this.#descriptions = descriptions;
    const { pretty, namespace = "", path = "" } = descriptions["parameters"] ?? {};
    this.pretty = queryParameter("pretty", "string", pretty);
    this.namespace = pathParameter("namespace", namespace);
    this.path = pathParameter("path", path);
  }

  /** The fields of options of the meta group. */
  ofMeta(kind: string, without: readonly string[] = []): readonly Parameter[] {
    return this.of(`${META}.${kind}`).filter(({ name }) => !without.includes(name));
  }

  /** The fields of options by their OpenAPI name. */
  of(type: string): readonly Parameter[] {
    const { fields } = this.#schemas.factsOf(type);
    return Object.entries(fields).flatMap(([name, facts]) => {
      const queryType = TYPES[facts.t];
      return queryType === undefined
        ? []
        : [queryParameter(name, queryType, this.#descriptions[type]?.[name])];
    });
  }
}

function queryParameter(name: string, type: Parameter["type"], description: string | undefined): Parameter {
  return { name, in: "query", type, ...(description !== undefined && { description }) };
}
