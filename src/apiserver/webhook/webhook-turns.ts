import { abortable } from "#base/disposable.ts";

/** So many calls of one webhook are under way at once; the others wait for their turn, as long as they have time. */
const MAX_CALLS = 100;
/** The same for a webhook whose last call has failed: it is to be found out whether it is back, and no more. */
const MAX_PROBES = 4;

/** A call that is under way. */
export interface WebhookTurn extends Disposable {
  /** Says whether the webhook has answered; not said of a call that nobody waits for any more. */
  report(hasAnswered: boolean): void;
}

/** Keeps what a dead or slow webhook costs the server within bounds. Each call still finds out for itself that it fails. */
export class WebhookTurns {
  readonly #queues = new Map<string, TurnQueue>();

  /** Resolves when it is the turn of a call; rejects with the signal's reason when that comes first. */
  async take(key: string, signal: AbortSignal): Promise<WebhookTurn> {
    const queue = this.#queues.get(key) ?? new TurnQueue();
    this.#queues.set(key, queue);
    await queue.enter(signal);
    return {
      report: (hasAnswered) => queue.report(hasAnswered),
      [Symbol.dispose]: () => {
        queue.leave();
        if (queue.isIdle) this.#queues.delete(key);
      },
    };
  }
}

class TurnQueue {
  #isFailing = false;
  #running = 0;
  readonly #waiting = new Set<() => void>();

  /** Whether there is nothing to remember. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.size === 0 && !this.#isFailing;
  }

  async enter(signal: AbortSignal): Promise<void> {
    if (this.#hasRoom) {
      this.#running += 1;
      return;
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.add(turn.resolve);
    try {
      await abortable(turn.promise, signal);
    } catch (error) {
      // It may have been its turn at the very same time.
      if (!this.#waiting.delete(turn.resolve)) this.leave();
      throw error;
    }
  }

  report(hasAnswered: boolean): void {
    this.#isFailing = !hasAnswered;
  }

  leave(): void {
    this.#running -= 1;
    for (const next of this.#waiting) {
      if (!this.#hasRoom) return;
      this.#waiting.delete(next);
      this.#running += 1;
      next();
    }
  }

  get #hasRoom(): boolean {
    return this.#running < (this.#isFailing ? MAX_PROBES : MAX_CALLS);
  }
}
