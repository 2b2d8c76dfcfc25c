/**
 * Texts as Go prints them, because messages of the API are compared with those of Kubernetes.
 */

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
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
