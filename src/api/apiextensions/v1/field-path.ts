/** Paths of fields that name properties of a schema (apiextensions-apiserver `ValidFieldPath`). */
import { keyPath } from "#apimachinery/field-error.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { isSchema } from "./schema-tree.ts";

export interface ResolvedPath {
  /** Names and keys on the way, in one form for all spellings. */
  readonly path: string;
  readonly schema: JSONSchemaProps;
}

export interface PathProblem {
  readonly problem: string;
}

/** A delimiter, a text in quotes that may contain delimiters, or anything up to the next delimiter. */
const TOKENS = /[.[\]]|'(?:\\.|[^'\\])*'|[^.[\]]+/g;
const ESCAPE = /\\(.)/g;
const ESCAPES = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
} as const;
const NO_FIELD = "does not refer to a valid field";
const UNEXPECTED_END = "unexpected end of JSON path";

/** Follows a path such as `.spec.replicas` or `.spec['a.b']` from a schema to the one that it means. */
export function resolveFieldPath(
  text: string,
  root: JSONSchemaProps,
  { allowBrackets = true }: { readonly allowBrackets?: boolean } = {},
): ResolvedPath | PathProblem {
  const tokens = (text.match(TOKENS) ?? []).values();
  let at: ResolvedPath = { path: "", schema: root };
  for (const token of tokens) {
    if (token === "[" && !allowBrackets) return { problem: "array notation is not allowed" };
    const name = token === "[" ? readKey(tokens) : readName(token, tokens);
    if (typeof name === "object") return name;
    const next = step(at, name);
    if ("problem" in next) return next;
    at = next;
  }
  return at;
}

function readName(token: string, tokens: Iterator<string>): string | PathProblem {
  if (token !== ".") return { problem: `expected [ or . but got: ${token}` };
  return (tokens.next().value as string | undefined) ?? { problem: UNEXPECTED_END };
}

function readKey(tokens: Iterator<string>): string | PathProblem {
  const key = tokens.next().value as string | undefined;
  if (key === undefined) return { problem: UNEXPECTED_END };
  if (!/^'.*'$/s.test(key) || key.length < 2) {
    return { problem: `expected single quoted string but got ${key}` };
  }
  const name = unescape(key.slice(1, -1));
  const end = typeof name === "string" ? (tokens.next().value as string | undefined) : "]";
  if (end === undefined) return { problem: UNEXPECTED_END };
  return end === "]" ? name : { problem: `expected ] but got ${end}` };
}

function unescape(text: string): string | PathProblem {
  const unknown = Array.from(text.matchAll(ESCAPE)).find(([, letter = ""]) => !(letter in ESCAPES));
  if (unknown !== undefined) return { problem: `invalid string literal: invalid escape char ${unknown[0]}` };
  return text.replaceAll(ESCAPE, (_, letter: keyof typeof ESCAPES) => ESCAPES[letter]);
}

function step({ path, schema }: ResolvedPath, name: string): ResolvedPath | PathProblem {
  const { properties = {}, additionalProperties } = schema;
  if (Object.keys(properties).length > 0) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return property === undefined
      ? { problem: NO_FIELD }
      : { path: path === "" ? name : `${path}.${name}`, schema: property };
  }
  if (additionalProperties === undefined) return { problem: NO_FIELD };
  return {
    path: keyPath(path, name),
    schema: isSchema(additionalProperties) ? additionalProperties : {},
  };
}
