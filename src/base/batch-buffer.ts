/** What a reader of a `BatchBuffer` gets when the writer was too fast for it. */
export class BufferOverflow extends Error {
  constructor(capacity: number) {
    super(`Cannot buffer more than ${String(capacity)} items: the reader is too slow`);
    this.name = "BufferOverflow";
  }
}

/**
 * A bounded queue between one writer and one reader, who gets everything that has gathered as one batch. When
 * it overflows, the reader first gets what fitted and then fails with `BufferOverflow`.
 */
export class BatchBuffer<T> implements AsyncIterable<readonly T[]> {
  readonly #capacity: number;
  #items: T[] = [];
  #end: { readonly error?: Error } | undefined;
  #wake: (() => void) | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Items that wait for the reader. */
  get length(): number {
    return this.#items.length;
  }

  /** False when the buffer has ended or overflows with this item: the writer can stop. */
  push(item: T): boolean {
    if (this.#end !== undefined) return false;
    if (this.#items.length >= this.#capacity) {
      this.fail(new BufferOverflow(this.#capacity));
      return false;
    }
    this.#items.push(item);
    this.#notify();
    return true;
  }

  /** The reader ends after what has been pushed. */
  close(): void {
    this.#finish({});
  }

  /** The reader throws `error` after what has been pushed. */
  fail(error: Error): void {
    this.#finish({ error });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly T[], void, void> {
    for (;;) {
      if (this.#items.length > 0) {
        const batch = this.#items;
        this.#items = [];
        yield batch;
      } else if (this.#end === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if (this.#end.error === undefined) {
        return;
      } else {
        throw this.#end.error;
      }
    }
  }

  #finish(end: { readonly error?: Error }): void {
    this.#end ??= end;
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
