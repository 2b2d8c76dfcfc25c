import { nextTurn } from "#base/next-turn.ts";
import { attemptPod } from "./attempt-pod.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

/** So many pods are being bound at a time; more would only wait in the API server. */
const MAX_BINDINGS = 64;

/** After so much work without a pause, others get a turn. */
const LONGEST_TURN_MS = 5;

/** Decides about one pod after the other, and binds those that have found a node in the background. */
export class SchedulingLoop {
  readonly #parts: SchedulerParts;
  #startIndex = 0;
  #bindings = 0;
  #onBound: (() => void) | undefined;
  #turnStartedAt = 0;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Runs until the queue is disposed. */
  async run(): Promise<void> {
    const { queue, metrics, cache } = this.#parts;
    while (await queue.ready()) {
      const queued = queue.take();
      // What there was may have been deleted before this went on.
      if (queued === undefined) continue;
      const { nextStartIndex, bind } = attemptPod(this.#parts, queued, this.#startIndex);
      this.#startIndex = nextStartIndex;
      if (bind !== undefined) this.#bindInBackground(bind);
      metrics.pending(queue.lengths);
      metrics.cached(cache.size);
      if (this.#bindings >= MAX_BINDINGS) await this.#untilOneIsBound();
      await this.#pauseForOthers();
    }
  }

  #bindInBackground(bind: (signal: AbortSignal) => Promise<void>): void {
    this.#bindings += 1;
    this.#parts.run(async (signal) => {
      try {
        await bind(signal);
      } finally {
        this.#bindings -= 1;
        this.#onBound?.();
      }
    });
  }

  #untilOneIsBound(): Promise<void> {
    return new Promise((resolve) => {
      this.#onBound = resolve;
    });
  }

  async #pauseForOthers(): Promise<void> {
    const { clock } = this.#parts;
    if (clock.now() - this.#turnStartedAt < LONGEST_TURN_MS) return;
    await nextTurn();
    this.#turnStartedAt = clock.now();
  }
}
