import { ExpressionError, type Issue } from "./issue.ts";
import { END, type Token, type TokenType, tokenize } from "./lexer.ts";

const FIELD_NAMES = ["IDENTIFIER", "ESC_IDENTIFIER"];

/** What can stand behind the end of something in brackets. */
const FOLLOWING: ReadonlySet<TokenType> = new Set(
  `${END} ' ) ] } . [ , : ? && || == != < <= > >= + - * / % in`
    .split(" ")
    .map((each) => (each === END ? each : `'${each}'`)),
);

/**
 * Hands out the tokens of an expression. What is not expected is reported as the parser of cel-go does it (ANTLR's
 * recovery): a token that is too much is skipped, a closing bracket that is missing is taken for given, and with
 * anything else reading ends.
 */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[];
  #at = 0;

  constructor(text: string) {
    const { tokens, issues } = tokenize(text);
    this.#text = text;
    this.#tokens = tokens;
    this.#issues = [...issues];
  }

  get current(): Token {
    return this.#peek(0);
  }

  isAt(type: TokenType): boolean {
    return this.current.type === type;
  }

  /** Whether a minus belongs to the number behind it. */
  isSignOfNumber(): boolean {
    return ["NUM_INT", "NUM_FLOAT"].includes(this.#peek(1).type);
  }

  /** Whether names and dots lead to an opening brace. */
  isStruct(): boolean {
    let ahead = 0;
    while (this.#peek(ahead).type === "'.'" && this.#peek(ahead + 1).type === "IDENTIFIER") ahead += 2;
    return this.#peek(ahead).type === "'{'";
  }

  skip(): Token {
    const token = this.current;
    if (token.type !== END) this.#at++;
    return token;
  }

  take(type: TokenType): Token | undefined {
    return this.isAt(type) ? this.skip() : undefined;
  }

  takeAny(types: Readonly<Record<TokenType, unknown>>): Token | undefined {
    return Object.hasOwn(types, this.current.type) ? this.skip() : undefined;
  }

  expect(type: TokenType): Token {
    if (!this.isAt(type) && this.#isMissing(type)) {
      this.#reportSyntax(`missing ${type} at '${this.current.text}'`);
      return { type, text: "", offset: this.current.offset };
    }
    this.expectAny([type]);
    return this.skip();
  }

  /** Ends reading, unless one of the types is there. */
  expectAny(types: readonly TokenType[]): void {
    if (types.includes(this.current.type)) return;
    const expected = types.length === 1 ? types.join("") : `{${types.join(", ")}}`;
    const isExtra = this.current.type !== END && types.includes(this.#peek(1).type);
    this.#reportSyntax(
      `${isExtra ? "extraneous" : "mismatched"} input '${this.current.text}' expecting ${expected}`,
    );
    if (!isExtra) throw new ExpressionError(this.#text, this.#issues);
    this.#at++;
  }

  expectEnd(): void {
    this.expectAny([END]);
  }

  /** The name of a field, which may stand in backquotes. */
  expectField(): Token {
    const { type, text, offset } = this.current;
    if (/^'(?:true|false|null|in)'$/.test(type)) {
      this.#reportSyntax(`mismatched input '${text}' expecting IDENTIFIER`);
      throw new ExpressionError(this.#text, this.#issues);
    }
    if (type === "ESC_IDENTIFIER") this.report({ offset, message: "unsupported syntax: '`'" });
    this.expectAny(FIELD_NAMES);
    return this.skip();
  }

  report(issue: Issue): void {
    this.#issues.push(issue);
  }

  throwIssues(): void {
    if (this.#issues.length > 0) throw new ExpressionError(this.#text, this.#issues);
  }

  /** Only closing brackets are missed: with other tokens it is not clear what should follow. */
  #isMissing(type: TokenType): boolean {
    if (!["')'", "']'", "'}'"].includes(type) || this.#peek(1).type === type) return false;
    return FOLLOWING.has(this.current.type);
  }

  #reportSyntax(message: string): void {
    this.report({ offset: this.current.offset, message: `Syntax error: ${message}` });
  }

  #peek(ahead: number): Token {
    return this.#tokens[this.#at + ahead] ?? this.#tokens.at(-1) ?? { type: END, text: END, offset: 0 };
  }
}
