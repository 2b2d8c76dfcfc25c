import type { SchemaDocument } from "../schemas/schema-document.ts";

/** What OpenAPI v2 documents of several servers are merged from. */
export interface V2Spec {
  readonly paths: Readonly<Record<string, SchemaDocument>>;
  readonly definitions: Readonly<Record<string, SchemaDocument>>;
  /** Those that operations share and refer to. */
  readonly parameters: Readonly<Record<string, SchemaDocument>>;
}

export const DEFINITION_PREFIX = "#/definitions/";
export const PARAMETER_PREFIX = "#/parameters/";

/** Reads a document. Throws a SyntaxError for what is no JSON. */
export function readV2Spec(text: string): V2Spec {
  const { paths = {}, definitions = {}, parameters = {} } = JSON.parse(text) as Partial<V2Spec>;
  return { paths, definitions, parameters };
}

/** The paths with each parameter where it is used. */
export function withOwnParameters({ paths, parameters }: V2Spec): V2Spec["paths"] {
  if (Object.keys(parameters).length === 0) return paths;
  const inline = (object: object): unknown => {
    const name = referredName(object, PARAMETER_PREFIX);
    return (name === undefined ? undefined : parameters[name]) ?? object;
  };
  // Only parameters change, and remain parameters.
  return mapJson(paths, inline) as V2Spec["paths"];
}

/** The definition that a value refers to, if it is a reference. */
export function referredDefinition(value: unknown): string | undefined {
  return referredName(value, DEFINITION_PREFIX);
}

/** The name behind the prefix, if a value is a reference that has it. */
export function referredName(value: unknown, prefix: string): string | undefined {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return undefined;
  const { $ref: reference } = value;
  return typeof reference === "string" && reference.startsWith(prefix)
    ? reference.slice(prefix.length)
    : undefined;
}

/** Every object in a JSON value goes through `map`, outer ones first; what `map` gives back is not looked into. */
export function mapJson(value: unknown, map: (object: object) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => mapJson(each, map));
  const mapped = map(value);
  if (mapped !== value) return mapped;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapJson(each, map)]));
}

/** Calls `visit` with every object in a JSON value. */
export function walkJson(value: unknown, visit: (object: object) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value);
  for (const each of Object.values(value) as unknown[]) walkJson(each, visit);
}
