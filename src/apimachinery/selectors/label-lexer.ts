/** A token of a label selector's text; `text` is what error messages quote. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
}

export type TokenType =
  | "end"
  | "identifier"
  | "in"
  | "notin"
  | "="
  | "=="
  | "!="
  | ">"
  | "<"
  | "!"
  | "("
  | ")"
  | ",";

const WHITESPACE = " \t\r\n";
const SYMBOLS = "=!(),><";
const END: Token = { type: "end", text: "" };

/** Splits a selector into tokens, the last of which is `end`. Never fails: any other text is an identifier. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const character = text.charAt(position);
    if (character === "\0") break;
    if (WHITESPACE.includes(character)) {
      position++;
      continue;
    }
    const token = SYMBOLS.includes(character) ? symbolAt(text, position) : wordAt(text, position);
    tokens.push(token);
    position += token.text.length;
  }
  return [...tokens, END];
}

function symbolAt(text: string, position: number): Token {
  const pair = text.slice(position, position + 2);
  if (pair === "==" || pair === "!=") return { type: pair, text: pair };
  const symbol = text.charAt(position) as Exclude<TokenType, "end" | "identifier" | "in" | "notin">;
  return { type: symbol, text: symbol };
}

function wordAt(text: string, start: number): Token {
  let end = start;
  while (end < text.length && !isDelimiter(text.charAt(end))) end++;
  const word = text.slice(start, end);
  return { type: word === "in" || word === "notin" ? word : "identifier", text: word };
}

function isDelimiter(character: string): boolean {
  return character === "\0" || WHITESPACE.includes(character) || SYMBOLS.includes(character);
}
