export interface UnreadLimits {
  /** What may wait for one client who does not read, in bytes. */
  readonly maxEach: number;
  /** What may wait for all clients together. */
  readonly maxTotal: number;
}

const LIMITS: UnreadLimits = { maxEach: 1024 * 1024, maxTotal: 64 * 1024 * 1024 };

/** The news that wait for clients who do not read, held within bounds. */
export class UnreadNews {
  readonly #limits: UnreadLimits;
  #total = 0;

  constructor(limits = LIMITS) {
    this.#limits = limits;
  }

  /**
   * Counts news of `bytes` for a client for whom `waiting` bytes wait already, and who may fall `allowance` bytes
   * further behind than others. False when that is too much.
   */
  add(bytes: number, waiting: number, allowance: number): boolean {
    const { maxEach, maxTotal } = this.#limits;
    if (waiting + bytes > maxEach + allowance || this.#total + bytes > maxTotal) return false;
    this.#total += bytes;
    return true;
  }

  remove(bytes: number): void {
    this.#total -= bytes;
  }
}
