import { quote } from "../go-text.ts";
import type { ListSchema, MapSchema, ObjectSchema, Schema } from "../schema.ts";

/** Upstream stops counting here. */
const MAX_ERRORS = 100;

/**
 * Unknown and duplicate fields of a JSON text, in its order, as `unknown field "spec.foo"`. The text must be valid
 * and fit the schema. Values without a declared structure are not looked into, nor are maps of unknown fields. By a
 * lenient schema, as custom resources have them, everything is searched for duplicates, which come first; unknown
 * fields are sorted, those of the metadata before all others.
 */
export function findStrictErrors(schema: Schema, text: string): readonly string[] {
  const isLenient = schema.type === "object" && schema.lenient === true;
  const scanner = new StrictScanner(text, isLenient);
  scanner.scan(schema);
  const errors = [...scanner.errors];
  return (isLenient ? errors.toSorted(compareErrors) : errors).slice(0, MAX_ERRORS);
}

/** Keeps duplicates in the order of the text. */
function compareErrors(a: string, b: string): number {
  const difference = rankOf(a) - rankOf(b);
  if (difference !== 0 || a.startsWith("duplicate")) return difference;
  return a < b ? -1 : 1;
}

function rankOf(error: string): number {
  if (error.startsWith("duplicate")) return 0;
  return error.startsWith('unknown field "metadata.') ? 1 : 2;
}

/** Duplicate fields of a JSON text without a schema, however deep. */
export function findDuplicateFields(text: string): readonly string[] {
  const scanner = new StrictScanner(text, true);
  scanner.scan(ANYTHING);
  return [...scanner.errors].slice(0, MAX_ERRORS);
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const ANYTHING: Schema = { type: "any" };
const MAP_OF_ANYTHING: MapSchema = { type: "map", values: ANYTHING, atomic: false };
const LIST_OF_ANYTHING: ListSchema = { type: "list", items: ANYTHING, listType: "atomic", keys: [] };

class StrictScanner {
  readonly errors = new Set<string>();
  readonly #text: string;
  /** Field names and list indices that lead to the present value. */
  readonly #path: (string | number)[] = [];
  #position = 0;

  readonly #isLenient: boolean;

  constructor(text: string, isLenient: boolean) {
    this.#text = text;
    this.#isLenient = isLenient;
  }

  scan(schema: Schema): void {
    this.#skipSpace();
    const first = this.#code();
    if (first === OPEN_BRACE && schema.type === "object") this.#scanObject(schema);
    else if (first === OPEN_BRACE && schema.type === "map") this.#scanMap(schema);
    else if (first === OPEN_BRACKET && schema.type === "list") this.#scanList(schema);
    else if (first === OPEN_BRACE && this.#isLenient) this.#scanMap(MAP_OF_ANYTHING);
    else if (first === OPEN_BRACKET && this.#isLenient) this.#scanList(LIST_OF_ANYTHING);
    else this.#skipValue();
  }

  #scanObject({ fields, unknownFields, unknownValues }: ObjectSchema): void {
    this.#eachField((name, isSeen) => {
      const field = fields.get(name);
      if (isSeen && (field !== undefined || this.#isLenient)) this.#report("duplicate");
      if (field !== undefined) return this.scan(field.schema);
      if (unknownFields === "drop") this.#report("unknown");
      return this.#isLenient ? this.scan(unknownValues ?? ANYTHING) : this.#skipValue();
    });
  }

  #scanMap({ values }: MapSchema): void {
    this.#eachField((_name, isSeen) => {
      if (isSeen) this.#report("duplicate");
      this.scan(values);
    });
  }

  #scanList({ items }: ListSchema): void {
    this.#position++;
    for (let index = 0; !this.#ends(CLOSE_BRACKET); index++) {
      this.#path.push(index);
      this.scan(items);
      this.#path.pop();
    }
  }

  /** Calls back at each value of an object; the callback must read it. */
  #eachField(readValue: (name: string, isSeen: boolean) => void): void {
    const names = new Set<string>();
    this.#position++;
    while (!this.#ends(CLOSE_BRACE)) {
      const name = this.#readName();
      this.#path.push(name);
      readValue(name, names.has(name));
      this.#path.pop();
      names.add(name);
    }
  }

  #report(problem: "unknown" | "duplicate"): void {
    const path = this.#path
      .map((each) => (typeof each === "number" ? `[${String(each)}]` : `.${each}`))
      .join("");
    this.errors.add(`${problem} field ${quote(path.startsWith(".") ? path.slice(1) : path)}`);
  }

  /** Moves past what ends the structure, or past the comma before its next member. */
  #ends(close: number): boolean {
    this.#skipSpace();
    const next = this.#code();
    if (next === close || next === COMMA) this.#position++;
    this.#skipSpace();
    return next === close;
  }

  #readName(): string {
    const start = this.#position;
    this.#skipString();
    const literal = this.#text.slice(start, this.#position);
    this.#skipSpace();
    this.#position++;
    return literal.includes("\\") ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  }

  #skipValue(): void {
    this.#skipSpace();
    let depth = 0;
    do {
      const code = this.#code();
      if (code === QUOTE) this.#skipString();
      else {
        if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
        if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--;
        this.#position++;
      }
    } while (depth > 0 || !this.#isAtBoundary());
  }

  /** Whether a value that has begun is over. */
  #isAtBoundary(): boolean {
    const code = this.#code();
    return (
      code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= SPACE || Number.isNaN(code)
    );
  }

  #skipString(): void {
    let end = this.#position;
    let backslashes: number;
    do {
      end = this.#text.indexOf('"', end + 1);
      backslashes = 0;
      while (this.#text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    } while (backslashes % 2 === 1);
    this.#position = end + 1;
  }

  #skipSpace(): void {
    while (this.#code() <= SPACE) this.#position++;
  }

  /** NaN at the end of the text. */
  #code(): number {
    return this.#text.charCodeAt(this.#position);
  }
}
