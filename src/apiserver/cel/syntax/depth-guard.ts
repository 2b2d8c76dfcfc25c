import type { Rule } from "./grammar.ts";
import { ExpressionError } from "./issue.ts";

/** cel-go's limit (parser.go `NewParser`). */
const MAX_DEPTH = 250;

/** Counts how deep a parser is in each rule: what reads an expression later goes as deep, and the stack is finite. */
export class DepthGuard {
  readonly #text: string;
  readonly #depths: Record<Rule, number> = { expression: 0, relation: 0, calculation: 0, member: 0 };

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws an `ExpressionError` when that is too deep. */
  enter(rule: Rule): void {
    this.#depths[rule]++;
    if (this.#depths[rule] <= MAX_DEPTH) return;
    const message = `expression recursion limit exceeded: ${String(MAX_DEPTH)}`;
    throw new ExpressionError(this.#text, [{ offset: -1, message }]);
  }

  /** Reads something, and is as deep as before then. */
  within<T>(rule: Rule, read: () => T): T {
    const depth = this.#depths[rule];
    const result = read();
    this.#depths[rule] = depth;
    return result;
  }
}
