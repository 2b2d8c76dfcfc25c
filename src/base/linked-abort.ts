import { onAbort } from "./disposable.ts";

/**
 * A signal that aborts with any of several others or by itself. Disposal cuts it off from the others: with
 * `AbortSignal.any` every signal ever made from a long-lived one would stay in memory as long as that.
 */
export class LinkedAbort implements Disposable {
  readonly #controller = new AbortController();
  readonly #links = new DisposableStack();

  constructor(...sources: readonly (AbortSignal | undefined)[]) {
    for (const source of sources) {
      if (source !== undefined) this.#links.use(onAbort(source, () => this.abort(source.reason)));
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#links.dispose();
  }
}
