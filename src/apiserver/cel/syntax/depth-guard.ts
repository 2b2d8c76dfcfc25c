import { ExpressionError } from "./issue.ts";

/** cel-go's limit (parser.go `NewParser`). */
const MAX_DEPTH = 250;

/**
 * Keeps what reads an expression later from going too deep: the stack is finite. As in cel-go, brackets in each other are
 * counted while they are read, and operators and selections on each other when all has been read.
 */
export class DepthGuard {
  readonly #text: string;
  #brackets = 0;
  /** Of what has been read since the last `within` began. */
  #height = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads an expression by itself, which can stand in brackets. */
  expression<T>(read: () => T): T {
    if (this.#brackets === MAX_DEPTH) {
      throw this.#error(`expression recursion limit exceeded: ${String(MAX_DEPTH)}`);
    }
    this.#brackets++;
    const result = this.within(read);
    this.#brackets--;
    return result;
  }

  /** Reads something that `raise` is about. */
  within<T>(read: () => T): T {
    const before = this.#height;
    this.#height = 0;
    const result = read();
    this.#height = Math.max(before, this.#height);
    return result;
  }

  /** What has been read is now part of something. */
  raise(): void {
    this.#height++;
  }

  /** Throws an `ExpressionError` when what has been read is too deep. */
  check(): void {
    if (this.#height > MAX_DEPTH) throw this.#error("max recursion depth exceeded");
  }

  #error(message: string): ExpressionError {
    return new ExpressionError(this.#text, [{ offset: -1, message }]);
  }
}
