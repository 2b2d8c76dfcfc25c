import type { Issue } from "./issue.ts";

/** What cel-go's messages call a kind of token; those with one spelling only are called by it. */
export type TokenType = string;

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly offset: number;
}

export const END = "<EOF>";

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${"`"}]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const STRING = [
  String.raw`"""(?:${ESCAPE}|[^\\])*?"""`,
  String.raw`'''(?:${ESCAPE}|[^\\])*?'''`,
  String.raw`"(?:${ESCAPE}|[^\\"\n\r])*"`,
  String.raw`'(?:${ESCAPE}|[^\\'\n\r])*'`,
  String.raw`[rR]"""[^]*?"""`,
  String.raw`[rR]'''[^]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
].join("|");

/** In the order in which they are tried; where two would match, the first matches more. */
const TOKENS: readonly (readonly [type: TokenType | undefined, pattern: RegExp])[] = [
  [undefined, /(?:[\t \r\n\f]+|\/\/[^\n]*)/y],
  ["BYTES", new RegExp(`[bB](?:${STRING})`, "y")],
  ["STRING", new RegExp(STRING, "y")],
  ["IDENTIFIER", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["NUM_FLOAT", /(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y],
  ["NUM_UINT", /(?:0x[0-9a-fA-F]+|[0-9]+)[uU]/y],
  ["NUM_INT", /(?:0x[0-9a-fA-F]+|[0-9]+)/y],
  ["ESC_IDENTIFIER", /`[A-Za-z0-9_.\-/ ]+`/y],
  ["'", /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y],
];

const KEYWORDS: ReadonlySet<string> = new Set(["in", "true", "false", "null"]);

/** The beginning of something that is not finished, with the character that does not fit. */
const BROKEN = new RegExp(
  [
    String.raw`"(?:${ESCAPE}|[^\\"\n\r])*(?:\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?)?[^]?`,
    String.raw`'(?:${ESCAPE}|[^\\'\n\r])*(?:\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?)?[^]?`,
    "`[A-Za-z0-9_.\\-/ ]*[^]?",
    "[=&|][^]?",
    "[^]",
  ].join("|"),
  "uy",
);

/** The tokens of an expression, with `END` behind the last one. What is no token is an issue, and left out. */
export function tokenize(text: string): {
  readonly tokens: readonly Token[];
  readonly issues: readonly Issue[];
} {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  let offset = 0;
  while (offset < text.length) {
    const found = tokenAt(text, offset);
    const piece = found?.text ?? brokenAt(text, offset);
    if (found === undefined)
      issues.push({ offset, message: `Syntax error: token recognition error at: '${piece}'` });
    else if (found.type !== undefined) tokens.push({ type: found.type, text: piece, offset });
    offset += piece.length;
  }
  tokens.push({ type: END, text: END, offset });
  return { tokens, issues };
}

function tokenAt(
  text: string,
  offset: number,
): { readonly type: TokenType | undefined; readonly text: string } | undefined {
  for (const [type, pattern] of TOKENS) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text)?.[0];
    if (match === undefined) continue;
    const isSpelling = type === "'" || KEYWORDS.has(match);
    return { type: isSpelling ? `'${match}'` : type, text: match };
  }
  return undefined;
}

function brokenAt(text: string, offset: number): string {
  BROKEN.lastIndex = offset;
  return BROKEN.exec(text)?.[0] ?? text.charAt(offset);
}
