/** A line of a Corefile and the lines in the braces behind it. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[];
  /** Counted from 1. */
  readonly line: number;
}

/** What is wrong with a Corefile, for the person who wrote it. */
export class CorefileError extends SyntaxError {}

interface Token {
  readonly text: string;
  readonly line: number;
  /** A quoted brace is an argument. */
  readonly isQuoted: boolean;
}

const MAX_DEPTH = 8;

/** Reads the text of a Corefile, or of a part of one. Throws a CorefileError for braces that do not match. */
export function parseCorefile(text: string): readonly Directive[] {
  const tokens = tokenize(text);
  const { directives, next } = readBlock(tokens, 0, 0);
  const rest = tokens[next];
  if (rest !== undefined) throw new CorefileError(`line ${String(rest.line)}: there is nothing to close`);
  return directives;
}

function tokenize(text: string): readonly Token[] {
  return text.split("\n").flatMap((content, index) => {
    const line = index + 1;
    const tokens: Token[] = [];
    for (const [whole, quoted] of content.matchAll(/"((?:\\.|[^"\\])*)"|[^\s]+/g)) {
      if (quoted === undefined && whole.startsWith("#")) break;
      const text = quoted === undefined ? whole : quoted.replaceAll('\\"', '"');
      tokens.push({ text, line, isQuoted: quoted !== undefined });
    }
    return tokens;
  });
}

function readBlock(
  tokens: readonly Token[],
  start: number,
  depth: number,
): { readonly directives: readonly Directive[]; readonly next: number } {
  if (depth > MAX_DEPTH) throw new CorefileError("too many braces inside each other");
  const directives: Directive[] = [];
  let next = start;
  for (let token = tokens[next]; token !== undefined && !isBrace(token, "}"); token = tokens[next]) {
    if (isBrace(token, "{")) throw new CorefileError(`line ${String(token.line)}: nothing stands before "{"`);
    const read = readDirective(tokens, next, depth);
    directives.push(read.directive);
    next = read.next;
  }
  return { directives, next };
}

function readDirective(
  tokens: readonly Token[],
  start: number,
  depth: number,
): { readonly directive: Directive; readonly next: number } {
  const line = tokens[start]?.line ?? 0;
  let next = start;
  const words: string[] = [];
  for (let token = tokens[next]; token?.line === line && !isAnyBrace(token); token = tokens[next]) {
    words.push(token.text);
    next += 1;
  }
  const [name = "", ...args] = words;
  const opening = tokens[next];
  if (opening === undefined || opening.line !== line || !isBrace(opening, "{"))
    return { directive: { name, args, block: [], line }, next };
  const { directives, next: end } = readBlock(tokens, next + 1, depth + 1);
  if (tokens[end] === undefined) throw new CorefileError(`line ${String(line)}: "{" is not closed`);
  return { directive: { name, args, block: directives, line }, next: end + 1 };
}

function isAnyBrace(token: Token): boolean {
  return isBrace(token, "{") || isBrace(token, "}");
}

function isBrace({ text, isQuoted }: Token, brace: "{" | "}"): boolean {
  return text === brace && !isQuoted;
}
