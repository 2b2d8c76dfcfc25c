/** About one second, and many times what the largest definitions have. */
const MAX_PARTS = 100_000;

/** How large the expressions of one object may be together: macros can make much of a short text. */
export class CompileBudget {
  #left = MAX_PARTS;

  get isSpent(): boolean {
    return this.#left < 0;
  }

  spend(parts: number): void {
    this.#left -= parts;
  }
}
