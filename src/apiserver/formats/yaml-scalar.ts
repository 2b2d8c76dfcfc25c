/**
 * Texts as yaml.v2 writes them (`resolve.go`, `emitterc.go`): plain where they would be read as a text again, folded where
 * lines get long.
 */

/** Lines are folded at the first space after it. */
const WIDTH = 80;

/** What is written without a look at each character. */
const SURELY_PLAIN = /^[A-Za-z_/][\w./-]*$/;

const BOOLEAN = /^(?:[yYnN]|yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const NULL_OR_LIMIT = /^(?:~|null|Null|NULL|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))?$/;
const PREFIXED_INTEGER = /^([-+]?)(0(?:[bB][01]+|[oO][0-7]+|[xX][\dA-Fa-f]+))$/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const SEXAGESIMAL = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;
const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|[-+]\d\d:\d\d)| (\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?)?$/;

const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const BREAK = /[\n\r\u0085\u2028\u2029]/;
const BREAK_BEFORE_SPACE = /[\n\r\u0085\u2028\u2029] /;
const SPACE_BEFORE_BREAK = / [\n\r\u0085\u2028\u2029]/;
const OPEN_END = /^ | $/;
const INDICATOR = /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))|:(?: |$)| #/;
const LINE_START = /(^|[\n\u2028\u2029])(?=[^\n\u2028\u2029])/g;

const NEEDS_ESCAPE = /["\\\n\u2028\u2029]|[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

export interface ScalarPlace {
  /** Where its further lines begin. */
  readonly indent: number;
  readonly column: number;
  /** Whether it has to stay in its line. */
  readonly isKey: boolean;
}

export function yamlScalar(text: string, place: ScalarPlace): string {
  if (SURELY_PLAIN.test(text) && !isWord(text)) return text;
  if (UNPRINTABLE.test(text) || SPACE_BEFORE_BREAK.test(text)) return doubleQuoted(text, place);
  if (hasLineBreak(text)) return ofLines(text, place);
  if (isReadAsOther(text)) return doubleQuoted(text, place);
  return OPEN_END.test(text) || INDICATOR.test(text) ? singleQuoted(text, place) : folded(text, place);
}

export function hasLineBreak(text: string): boolean {
  return BREAK.test(text);
}

function ofLines(text: string, place: ScalarPlace): string {
  if (place.isKey) return doubleQuoted(text, place);
  if (text.includes("\n")) return text.endsWith(" ") ? doubleQuoted(text, place) : literal(text, place);
  return BREAK_BEFORE_SPACE.test(text) ? doubleQuoted(text, place) : singleQuoted(text, place);
}

/** Whether a text would be something else if it were not quoted. */
function isReadAsOther(text: string): boolean {
  if (isWord(text)) return true;
  if (!/^[-+.\d]/.test(text)) return false;
  const digits = text.startsWith(".") ? text : text.replaceAll("_", "");
  return isFloat(digits) || isPrefixedInteger(digits) || SEXAGESIMAL.test(text) || isTimestamp(text);
}

function isWord(text: string): boolean {
  return BOOLEAN.test(text) || NULL_OR_LIMIT.test(text);
}

function isFloat(text: string): boolean {
  return FLOAT.test(text) && Number.isFinite(Number(text));
}

function isPrefixedInteger(text: string): boolean {
  const [, sign = "", digits] = PREFIXED_INTEGER.exec(text) ?? [];
  if (digits === undefined) return false;
  const value = BigInt(digits.toLowerCase());
  const bits = sign === "" ? 64n : 63n;
  return value < 1n << bits || (sign === "-" && value === 1n << bits);
}

function isTimestamp(text: string): boolean {
  const parts = TIMESTAMP.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  return (
    parts !== undefined && isDate(parts.slice(0, 3)) && isTime(parts.slice(3, 6)) && isTime(parts.slice(6))
  );
}

function isDate([year = 0, month = 0, day = 0]: readonly number[]): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isTime([hour = 0, minute = 0, second = 0]: readonly number[]): boolean {
  return hour < 24 && minute < 60 && second < 60;
}

/** The only text that ends its own line, where it ends with one. */
function literal(text: string, { indent }: ScalarPlace): string {
  const hint = /^[ \n\u2028\u2029]/.test(text) ? "2" : "";
  const last = hasLineBreak(text.slice(-1));
  const keep = last && (text.length === 1 || hasLineBreak(text.slice(-2, -1)));
  const chomp = last ? (keep ? "+" : "") : "-";
  const lines = text.replace(LINE_START, `$1${" ".repeat(indent)}`);
  return `|${hint}${chomp}\n${lines}`;
}

function singleQuoted(text: string, place: ScalarPlace): string {
  const { indent, column, isKey } = place;
  const pad = " ".repeat(indent);
  const [first = "", ...others] = text.replaceAll("'", "''").split(/(?<=[\u2028\u2029])(?=[^\u2028\u2029])/);
  const lines = [
    folded(first, { indent, column: column + 1, isKey }),
    ...others.map((line) => pad + folded(line, { indent, column: indent, isKey })),
  ];
  return `'${lines.join("")}'`;
}

/** Lines break at single spaces. */
function folded(text: string, { indent, column, isKey }: ScalarPlace): string {
  if (isKey || column + text.length <= WIDTH) return text;
  let lines = "";
  let begin = 0;
  let width = WIDTH - column;
  for (let space = text.indexOf(" ", 1); space !== -1; space = text.indexOf(" ", space + 1)) {
    const isSingle = text[space - 1] !== " " && text[space + 1] !== " " && space < text.length - 1;
    if (!isSingle || space - begin <= width) continue;
    lines += `${text.slice(begin, space)}\n${" ".repeat(indent)}`;
    begin = space + 1;
    width = WIDTH - indent;
  }
  return lines + text.slice(begin);
}

function doubleQuoted(text: string, { indent, column, isKey }: ScalarPlace): string {
  let quoted = '"';
  let lineStart = -column;
  let index = 0;
  let isAfterSpace = false;
  for (const character of text) {
    const isFull = quoted.length - lineStart > WIDTH && !isKey;
    const isInside = index > 0 && index < text.length - 1;
    if (character === " " && isFull && isInside && !isAfterSpace) {
      lineStart = quoted.length + 1;
      quoted += `\n${" ".repeat(indent)}${text[index + 1] === " " ? "\\" : ""}`;
    } else quoted += NEEDS_ESCAPE.test(character) ? escaped(character) : character;
    isAfterSpace = character === " ";
    index += character.length;
  }
  return `${quoted}"`;
}

function escaped(character: string): string {
  const named = ESCAPES[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}
