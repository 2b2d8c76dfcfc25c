import { quote } from "#apimachinery/go-text.ts";

/**
 * What Go's decoder says about JSON texts and `JSON.parse` does not: the wording of its syntax errors, and the
 * fields that a text sets twice. Both concern only the texts of clients, so nothing here builds values.
 */

/** Nesting that Go's `encoding/json` refuses. */
const MAX_DEPTH = 10_000;

/** Strict decoding reports no more problems than this (sigs.k8s.io/json). */
const MAX_DUPLICATES = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;

/** The literals of JSON by their first letter. */
const LITERALS: Readonly<Record<string, string>> = { t: "true", f: "false", n: "null" };

export interface JsonTextReport {
  /** Go's message for the first syntax error; absent for a valid text. */
  readonly syntaxError?: string;
  /** Paths of fields that an object sets more than once, such as `spec.containers[0].name`. */
  readonly duplicateFields: readonly string[];
}

/** Reads a JSON text from start to end; it accepts what Go accepts. */
export function inspectJsonText(text: string): JsonTextReport {
  const reader = new JsonReader(text);
  try {
    reader.readDocument();
    return { duplicateFields: reader.duplicateFields };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { syntaxError: error.message, duplicateFields: [] };
  }
}

class JsonSyntaxError extends SyntaxError {}

/** An object or list that is being read. The open ones form a stack, so that depth costs no call frames. */
type Container =
  | { readonly type: "object"; readonly keys: Set<string>; key: string }
  | { readonly type: "list"; index: number };

class JsonReader {
  readonly duplicateFields: string[] = [];
  readonly #text: string;
  readonly #open: Container[] = [];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): void {
    this.#readValue();
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (top.type === "object") this.#afterPair(top);
      else this.#afterElement(top);
    }
    this.#skipBlanks();
    if (this.#position < this.#text.length) throw this.#unexpected("after top-level value");
  }

  /** Reads a scalar, or opens a container and reads its first value. */
  #readValue(): void {
    for (;;) {
      const character = this.#next();
      if (character === "{") {
        const container: Container = { type: "object", keys: new Set(), key: "" };
        this.#openContainer(container);
        if (this.#skipIf("}")) return this.#close();
        this.#readKey(container);
      } else if (character === "[") {
        this.#openContainer({ type: "list", index: 0 });
        if (this.#skipIf("]")) return this.#close();
      } else {
        return this.#readScalar(character);
      }
    }
  }

  #openContainer(container: Container): void {
    this.#position += 1;
    this.#open.push(container);
    if (this.#open.length > MAX_DEPTH) throw new JsonSyntaxError("exceeded max depth");
  }

  #close(): void {
    this.#open.pop();
  }

  #afterPair(container: Extract<Container, { type: "object" }>): void {
    if (this.#skipIf("}")) return this.#close();
    if (!this.#skipIf(",")) throw this.#unexpected("after object key:value pair");
    this.#readKey(container);
    this.#readValue();
  }

  #afterElement(container: Extract<Container, { type: "list" }>): void {
    if (this.#skipIf("]")) return this.#close();
    if (!this.#skipIf(",")) throw this.#unexpected("after array element");
    container.index += 1;
    this.#readValue();
  }

  #readKey(container: Extract<Container, { type: "object" }>): void {
    if (this.#next() !== '"') throw this.#unexpected("looking for beginning of object key string");
    const start = this.#position;
    this.#readString();
    const raw = this.#text.slice(start + 1, this.#position - 1);
    container.key = raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
    if (container.keys.has(container.key)) this.#reportDuplicate();
    container.keys.add(container.key);
    if (!this.#skipIf(":")) throw this.#unexpected("after object key");
  }

  #reportDuplicate(): void {
    const path = this.#open
      .map((container) => (container.type === "list" ? `[${String(container.index)}]` : `.${container.key}`))
      .join("")
      .replace(/^\./, "");
    const isNew = this.duplicateFields.length < MAX_DUPLICATES && !this.duplicateFields.includes(path);
    if (isNew) this.duplicateFields.push(path);
  }

  #readScalar(character: string): void {
    const literal = LITERALS[character];
    if (character === '"') this.#readString();
    else if (literal !== undefined) this.#readLiteral(literal);
    else if (character === "-" || isDigit(character)) this.#readNumber();
    else throw this.#unexpected("looking for beginning of value");
  }

  #readString(): void {
    const text = this.#text;
    let position = this.#position + 1;
    for (;;) {
      const code = text.charCodeAt(position);
      if (code === QUOTE) break;
      this.#position = position;
      if (code === BACKSLASH) position = this.#readEscape();
      else if (code >= FIRST_PRINTABLE) position += 1;
      else throw this.#unexpected("in string literal");
    }
    this.#position = position + 1;
  }

  /** Returns the position behind the escape. */
  #readEscape(): number {
    this.#position += 1;
    const character = this.#character();
    if (character !== "u") {
      if (character === "" || !'"\\/bfnrt'.includes(character))
        throw this.#unexpected("in string escape code");
      return this.#position + 1;
    }
    for (let digit = 0; digit < 4; digit += 1) {
      this.#position += 1;
      if (!/^[0-9a-fA-F]$/.test(this.#character())) {
        throw this.#unexpected("in \\u hexadecimal character escape");
      }
    }
    return this.#position + 1;
  }

  #readLiteral(literal: string): void {
    for (let index = 0; index < literal.length; index += 1) {
      const expected = literal.charAt(index);
      if (this.#character() !== expected) {
        throw this.#unexpected(
          index === 0 ? "looking for beginning of value" : `in literal ${literal} (expecting '${expected}')`,
        );
      }
      this.#position += 1;
    }
  }

  #readNumber(): void {
    if (this.#character() === "-") this.#position += 1;
    if (this.#character() === "0") this.#position += 1;
    else this.#readDigits("in numeric literal");
    if (this.#character() === ".") {
      this.#position += 1;
      this.#readDigits("after decimal point in numeric literal");
    }
    if (this.#character().toLowerCase() !== "e") return;
    this.#position += 1;
    if (this.#character() === "+" || this.#character() === "-") this.#position += 1;
    this.#readDigits("in exponent of numeric literal");
  }

  #readDigits(context: string): void {
    if (!isDigit(this.#character())) throw this.#unexpected(context);
    while (isDigit(this.#character())) this.#position += 1;
  }

  #skipIf(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#position += 1;
    return true;
  }

  /** The next character that is not blank, without taking it; empty at the end. */
  #next(): string {
    this.#skipBlanks();
    return this.#character();
  }

  #skipBlanks(): void {
    while (" \t\r\n".includes(this.#character()) && this.#position < this.#text.length) this.#position += 1;
  }

  #character(): string {
    return this.#text.charAt(this.#position);
  }

  #unexpected(context: string): JsonSyntaxError {
    if (this.#position >= this.#text.length) return new JsonSyntaxError("unexpected end of JSON input");
    const [byte = 0] = Buffer.from(this.#text.slice(this.#position, this.#position + 2));
    return new JsonSyntaxError(`invalid character ${quoteByte(byte)} ${context}`);
  }
}

function isDigit(character: string): boolean {
  return character >= "0" && character <= "9";
}

/** As Go's scanner writes the offending byte: in single quotes, and a byte of a longer character by itself. */
function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === QUOTE) return `'"'`;
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
