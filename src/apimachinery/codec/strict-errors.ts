import { quote } from "../go-text.ts";
import type { ListSchema, MapSchema, ObjectSchema, Schema } from "../schema.ts";

/** Upstream stops counting here. */
const MAX_ERRORS = 100;

/**
 * Unknown and duplicate fields of a JSON text, in its order, as `unknown field "spec.foo"`. The text must be valid
 * and fit the schema. Values without a declared structure are not looked into, nor are maps of unknown fields.
 */
export function findStrictErrors(schema: ObjectSchema, text: string): readonly string[] {
  const scanner = new StrictScanner(text);
  scanner.scan(schema, "");
  return [...scanner.errors].slice(0, MAX_ERRORS);
}

class StrictScanner {
  readonly errors = new Set<string>();
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(schema: Schema, path: string): void {
    this.#skipSpace();
    const first = this.#text[this.#position];
    if (first === "{" && schema.type === "object") this.#scanObject(schema, path);
    else if (first === "{" && schema.type === "map") this.#scanMap(schema, path);
    else if (first === "[" && schema.type === "list") this.#scanList(schema, path);
    else this.#skipValue();
  }

  #scanObject({ fields, unknownFields }: ObjectSchema, path: string): void {
    this.#eachField(path, (name, fieldPath, seen) => {
      const field = fields.get(name);
      if (field === undefined) {
        if (unknownFields === "drop") this.errors.add(`unknown field ${quote(fieldPath)}`);
        return this.#skipValue();
      }
      if (seen) this.errors.add(`duplicate field ${quote(fieldPath)}`);
      this.scan(field.schema, fieldPath);
    });
  }

  #scanMap({ values }: MapSchema, path: string): void {
    this.#eachField(path, (_name, fieldPath, seen) => {
      if (seen) this.errors.add(`duplicate field ${quote(fieldPath)}`);
      this.scan(values, fieldPath);
    });
  }

  #scanList({ items }: ListSchema, path: string): void {
    this.#position++;
    for (let index = 0; !this.#ends("]"); index++) this.scan(items, `${path}[${String(index)}]`);
  }

  /** Calls back at each value of an object; the callback must read it. */
  #eachField(path: string, readValue: (name: string, path: string, seen: boolean) => void): void {
    const names = new Set<string>();
    this.#position++;
    while (!this.#ends("}")) {
      const name = this.#readName();
      readValue(name, path === "" ? name : `${path}.${name}`, names.has(name));
      names.add(name);
    }
  }

  /** Moves past what ends the structure, or past the comma before its next member. */
  #ends(close: "}" | "]"): boolean {
    this.#skipSpace();
    const next = this.#text[this.#position];
    if (next === close || next === ",") this.#position++;
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
      const character = this.#text[this.#position];
      if (character === '"') {
        this.#skipString();
        continue;
      }
      if (character === "{" || character === "[") depth++;
      if (character === "}" || character === "]") depth--;
      this.#position++;
    } while (depth > 0 || !this.#isAtBoundary());
  }

  /** Whether a value that has begun is over. */
  #isAtBoundary(): boolean {
    const character = this.#text[this.#position];
    return character === undefined || ",}] \t\r\n".includes(character);
  }

  #skipString(): void {
    let end = this.#position;
    let backslashes: number;
    do {
      end = this.#text.indexOf('"', end + 1);
      backslashes = 0;
      while (this.#text[end - 1 - backslashes] === "\\") backslashes++;
    } while (backslashes % 2 === 1);
    this.#position = end + 1;
  }

  #skipSpace(): void {
    while (" \t\r\n".includes(this.#text[this.#position] ?? "end")) this.#position++;
  }
}
