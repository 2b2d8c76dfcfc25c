/**
 * Loops that live as long as their owner. Disposal aborts the signal that every task got and waits until all
 * have ended.
 */
export class TaskGroup implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  /** `onError` hears of each task that failed for another reason than the abort; a task is not started again. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts a task at once. After disposal it is not started. */
  run(task: (signal: AbortSignal) => Promise<void>): void {
    if (this.signal.aborted) return;
    const running = this.#guard(task).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #guard(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      if (!this.signal.aborted) this.#onError(error);
    }
  }
}
