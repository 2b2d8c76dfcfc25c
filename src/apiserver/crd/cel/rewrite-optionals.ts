/**
 * Turns the syntax of optional values, which the parser does not know, into calls of methods: `x.?f` into
 * `x.__optionalField('f')`, and `x[?k]` into `x.__optionalIndex(k)`.
 */
export function rewriteOptionals(expression: string): string {
  return expression.includes("?") ? new Rewriter(expression).rewrite() : expression;
}

const TEXT = /^(?:[rR])?("""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/;
const FIELD = /^\.\s*\?\s*([A-Za-z_][A-Za-z0-9_]*)/;
const INDEX = /^\[\s*\?/;

class Rewriter {
  #rest: string;
  #result = "";
  /** What closes each bracket that is open. */
  readonly #closing: string[] = [];

  constructor(expression: string) {
    this.#rest = expression;
  }

  rewrite(): string {
    while (this.#rest !== "") this.#step();
    return this.#result;
  }

  #step(): void {
    const text = TEXT.exec(this.#rest);
    if (text !== null) return this.#replace(text[0], text[0]);
    const field = FIELD.exec(this.#rest);
    if (field !== null) return this.#replace(field[0], `.__optionalField('${field[1] ?? ""}')`);
    const index = INDEX.exec(this.#rest);
    if (index !== null) {
      this.#closing.push(")");
      return this.#replace(index[0], ".__optionalIndex(");
    }
    const character = this.#rest.charAt(0);
    if (character === "[") this.#closing.push("]");
    this.#replace(character, character === "]" ? (this.#closing.pop() ?? "]") : character);
  }

  #replace(text: string, replacement: string): void {
    this.#rest = this.#rest.slice(text.length);
    this.#result += replacement;
  }
}
