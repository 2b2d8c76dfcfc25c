import type { SchemaDocument } from "../component.ts";

/** What OpenAPI v2 documents of several servers are merged from. */
export interface V2Spec {
  readonly paths: Readonly<Record<string, SchemaDocument>>;
  readonly definitions: Readonly<Record<string, SchemaDocument>>;
}

export const DEFINITION_PREFIX = "#/definitions/";
const PARAMETER_PREFIX = "#/parameters/";

/** Reads a document. Parameters that its paths share are put where they belong. Throws a SyntaxError for no JSON. */
export function readV2Spec(text: string): V2Spec {
  const { paths = {}, definitions = {}, parameters = {} } = JSON.parse(text) as Partial<V2Document>;
  if (Object.keys(parameters).length === 0) return { paths, definitions };
  const inline = (value: unknown): unknown => {
    const name = sharedParameter(value);
    return (name === undefined ? undefined : parameters[name]) ?? value;
  };
  return { paths: mapJson(paths, inline) as V2Spec["paths"], definitions };
}

type V2Document = V2Spec & { readonly parameters: Readonly<Record<string, unknown>> };

function sharedParameter(value: unknown): string | undefined {
  const reference = referenceOf(value);
  return reference?.startsWith(PARAMETER_PREFIX) === true
    ? reference.slice(PARAMETER_PREFIX.length)
    : undefined;
}

/** The definition that a value refers to, if it is a reference. */
export function referredDefinition(value: unknown): string | undefined {
  const reference = referenceOf(value);
  return reference?.startsWith(DEFINITION_PREFIX) === true
    ? reference.slice(DEFINITION_PREFIX.length)
    : undefined;
}

function referenceOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("$ref" in value)) return undefined;
  return typeof value.$ref === "string" ? value.$ref : undefined;
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
