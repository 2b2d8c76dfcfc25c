/** What literals stand for. */
import { Uint } from "../values/uint.ts";
import type { LiteralValue } from "./expression.ts";
import type { TokenType } from "./lexer.ts";

export type ReadLiteral = { readonly value: LiteralValue } | { readonly problem: string };

/** The value of a token that is a literal. */
export function readLiteral(type: TokenType, text: string): ReadLiteral {
  switch (type) {
    case "'true'":
    case "'false'":
      return { value: type === "'true'" };
    case "'null'":
      return { value: null };
    case "NUM_INT":
      return readInt(text);
    case "NUM_UINT":
      return readUint(text);
    case "NUM_FLOAT": {
      const value = Number(text);
      return Number.isFinite(value) ? { value } : { problem: "invalid double literal" };
    }
    case "BYTES":
      return readBytes(text);
    default:
      return readString(text);
  }
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 0x5c,
  "'": 0x27,
  '"': 0x22,
  "`": 0x60,
  "?": 0x3f,
};

const ESCAPES = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gs;
const MAX_CODE_POINT = 0x10ffff;
const MAX_INT = 2n ** 63n;
const MAX_UINT = 2n ** 64n;

/** Signed 64 bits. */
function readInt(text: string): ReadLiteral {
  const isNegative = text.startsWith("-");
  const size = BigInt(isNegative ? text.slice(1) : text);
  const value = isNegative ? -size : size;
  return value < -MAX_INT || value >= MAX_INT ? { problem: "invalid int literal" } : { value };
}

/** Unsigned 64 bits; there is a `u` behind the number. */
function readUint(text: string): ReadLiteral {
  const value = BigInt(text.slice(0, -1));
  return value < MAX_UINT ? { value: new Uint(value) } : { problem: "invalid uint literal" };
}

/** The text between the quotes, or what is wrong with it. */
function readString(token: string): ReadLiteral {
  const { body, isRaw } = unquote(token);
  if (isRaw) return { value: body };
  let problem: string | undefined;
  const value = body.replace(ESCAPES, (_, ...groups: (string | undefined)[]) => {
    const code = codeOf(groups);
    if (code <= MAX_CODE_POINT && !(code >= 0xd800 && code < 0xe000)) return String.fromCodePoint(code);
    problem = "invalid unicode code point";
    return "";
  });
  return problem === undefined ? { value } : { problem };
}

/** As `readString`; escapes are bytes then. */
function readBytes(token: string): ReadLiteral {
  const { body, isRaw } = unquote(token.slice(1));
  if (isRaw) return { value: Buffer.from(body) };
  if (/(?<!\\)(?:\\\\)*\\[uU]/.test(body)) return { problem: "unable to unescape string" };
  const parts: Buffer[] = [];
  let end = 0;
  for (const match of body.matchAll(ESCAPES)) {
    parts.push(Buffer.from(body.slice(end, match.index)), Buffer.from([codeOf(match.slice(1))]));
    end = match.index + match[0].length;
  }
  return { value: Buffer.concat([...parts, Buffer.from(body.slice(end))]) };
}

function codeOf([hex, short, long, octal, simple = ""]: readonly (string | undefined)[]): number {
  if (octal !== undefined) return Number.parseInt(octal, 8);
  const digits = hex ?? short ?? long;
  return digits === undefined ? (SIMPLE[simple] ?? 0) : Number.parseInt(digits, 16);
}

function unquote(token: string): { readonly body: string; readonly isRaw: boolean } {
  const text = token.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const isRaw = /^[rR]/.test(text);
  const quoted = isRaw ? text.slice(1) : text;
  const width = /^(?:"""|''')/.test(quoted) && quoted.length >= 6 ? 3 : 1;
  return { body: quoted.slice(width, -width), isRaw };
}
