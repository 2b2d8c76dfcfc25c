/**
 * Texts as Go prints them, because messages of the API are compared with those of Kubernetes.
 */

import { isWhole } from "./exact-json.ts";

/** By the character that they stand for. */
export const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

/** What `strconv.Quote` writes as it is: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const NOT_PRINTABLE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** Characters that `json.Marshal` escapes and `JSON.stringify` does not. */
const HTML_CHARACTERS = /[<>&\u2028\u2029]/g;

/** Go's `%q` of a string. */
export function quote(text: string): string {
  return `"${text.replace(NOT_PRINTABLE, escapeCharacter)}"`;
}

/** Go's `json.Marshal` of a plain JSON value; absent is `null`. */
export function goJson(value: unknown): string {
  const text = value === undefined ? "null" : JSON.stringify(value);
  return text.replace(HTML_CHARACTERS, (character) => `\\u${hex(character.charCodeAt(0), 4)}`);
}

/** The same of a map, whose keys Go sorts. */
export function goMapJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMapJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return goJson(value);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, each]) => `${goJson(key)}:${goMapJson(each)}`).join(",")}}`;
}

/** Go's `%v` of a JSON value: `map[a:1 b:[x y] c:<nil>]`. */
export function goValue(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (typeof value === "number") return goNumber(value);
  if (typeof value !== "object") return String(value as string | bigint | boolean);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, each]) => `${key}:${goValue(each)}`).join(" ")}]`;
}

/** Go's `%s` of a JSON value: what is no text is marked, as `%!s(int64=1)`. */
export function goString(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "%!s(<nil>)";
  if (typeof value !== "object") return `%!s(${goTypeOf(value)}=${String(value as number | boolean)})`;
  if (Array.isArray(value)) return `[${value.map(goString).join(" ")}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, each]) => `${key}:${goString(each)}`).join(" ")}]`;
}

/** Go's `%#v` of a JSON value: `map[string]interface {}{"a":1, "b":[]interface {}{interface {}(nil)}}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value as number | boolean);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]interface {}{${entries.map(([key, each]) => `${quote(key)}:${goSyntax(each)}`).join(", ")}}`;
}

/** The Go type that a JSON value is decoded to where its type is not known. */
export function goTypeOf(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (isWhole(value)) return "int64";
  if (typeof value === "number") return "float64";
  return typeof value === "object"
    ? "map[string]interface {}"
    : typeof value === "boolean"
      ? "bool"
      : "string";
}

/** Small numbers have an exponent earlier than in JavaScript, and every exponent has two digits. */
function goNumber(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 1e-4;
  const text = isSmall ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function escapeCharacter(character: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
