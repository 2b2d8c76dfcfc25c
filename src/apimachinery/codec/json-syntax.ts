import { quote } from "../go-text.ts";

/**
 * What Go's scanner says of a text that is no JSON, or undefined for a valid one. It only explains what
 * `JSON.parse` has refused: walking the text is slow, and never needed for a good one.
 */
export function describeSyntaxError(text: string): string | undefined {
  try {
    new SyntaxScanner(text).scan();
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message;
    throw error;
  }
}

class SyntaxProblem extends Error {}

const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };
const DIGIT = /[0-9]/;

class SyntaxScanner {
  readonly #text: string;
  /** The open objects and arrays, by the character that closes them. */
  readonly #open: ("}" | "]")[] = [];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    let isComplete = this.#value();
    while (!isComplete || this.#open.length > 0) isComplete = isComplete ? this.#afterValue() : this.#value();
    this.#skipSpace();
    if (this.#position < this.#text.length) this.#invalid("after top-level value");
  }

  /** Reads a scalar, an empty structure or the beginning of one; false when the value in it comes next. */
  #value(): boolean {
    this.#skipSpace();
    const first = this.#peek();
    switch (first) {
      case "{":
        return this.#begin("}") || this.#key();
      case "[":
        return this.#begin("]");
      case '"':
        return this.#string();
      case "t":
      case "f":
      case "n":
        return this.#literal(LITERALS[first] ?? "");
      default:
        return this.#number();
    }
  }

  /** True when the structure is empty. */
  #begin(close: "}" | "]"): boolean {
    this.#position++;
    this.#open.push(close);
    this.#skipSpace();
    return this.#peek() === close && this.#end();
  }

  #end(): boolean {
    this.#position++;
    this.#open.pop();
    return true;
  }

  #key(): boolean {
    this.#skipSpace();
    if (this.#peek() !== '"') this.#invalid("looking for beginning of object key string");
    this.#string();
    this.#skipSpace();
    if (this.#peek() !== ":") this.#invalid("after object key");
    this.#position++;
    return false;
  }

  /** Reads what separates values or ends a structure; false when another value comes next. */
  #afterValue(): boolean {
    this.#skipSpace();
    const close = this.#open.at(-1);
    const next = this.#peek();
    if (next === close) return this.#end();
    if (next !== ",") this.#invalid(close === "}" ? "after object key:value pair" : "after array element");
    this.#position++;
    return close === "}" && this.#key();
  }

  #string(): boolean {
    this.#position++;
    for (;;) {
      const character = this.#peek();
      if (character < " ") this.#invalid("in string literal");
      this.#position++;
      if (character === '"') return true;
      if (character === "\\") this.#escape();
    }
  }

  #escape(): void {
    const character = this.#peek();
    if (!'bfnrt\\/"u'.includes(character)) this.#invalid("in string escape code");
    this.#position++;
    if (character === "u") for (let digit = 0; digit < 4; digit++) this.#hexadecimal();
  }

  #hexadecimal(): void {
    this.#expect(/[0-9a-fA-F]/, "in \\u hexadecimal character escape");
  }

  #literal(word: string): boolean {
    for (const expected of word) {
      if (this.#peek() !== expected) this.#invalid(`in literal ${word} (expecting '${expected}')`);
      this.#position++;
    }
    return true;
  }

  #number(): boolean {
    if (this.#peek() === "-") {
      this.#position++;
      if (!DIGIT.test(this.#peek())) this.#invalid("in numeric literal");
    }
    if (!DIGIT.test(this.#peek())) this.#invalid("looking for beginning of value");
    if (this.#peek() === "0") this.#position++;
    else this.#digits();
    if (this.#is(/\./)) {
      this.#position++;
      this.#expect(DIGIT, "after decimal point in numeric literal");
      this.#digits();
    }
    if (this.#is(/[eE]/)) {
      this.#position++;
      if (this.#is(/[+-]/)) this.#position++;
      this.#expect(DIGIT, "in exponent of numeric literal");
      this.#digits();
    }
    return true;
  }

  #digits(): void {
    while (this.#is(DIGIT)) this.#position++;
  }

  #expect(pattern: RegExp, context: string): void {
    if (!pattern.test(this.#peek())) this.#invalid(context);
    this.#position++;
  }

  /** Whether the next character matches; the end of the text does not. */
  #is(pattern: RegExp): boolean {
    return this.#position < this.#text.length && pattern.test(this.#text.charAt(this.#position));
  }

  #skipSpace(): void {
    while (this.#is(/[ \t\r\n]/)) this.#position++;
  }

  #peek(): string {
    if (this.#position >= this.#text.length) throw new SyntaxProblem("unexpected end of JSON input");
    return this.#text.charAt(this.#position);
  }

  #invalid(context: string): never {
    throw new SyntaxProblem(`invalid character ${quoteByte(this.#peek())} ${context}`);
  }
}

/** Go looks at bytes, and prints the first one of a character as if it were the character of that number. */
function quoteByte(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const [byte = 0] = new TextEncoder().encode(character);
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
