/** Seats that a turn may start when all requests are small. */
const MOST_SEATS = 8;

/** Others wait as long as a turn takes, so that one which took longer was given too much. */
const LONG_TURN_MS = 20;

/**
 * How much a turn of the event loop may start. All requests run on one thread, which hears of new ones only between its
 * turns: with a flood of them, each turn takes as long as what it starts.
 */
export class TurnPace {
  #seats = MOST_SEATS;

  get seats(): number {
    return this.#seats;
  }

  /** Learns from a turn that has started something. */
  note(tookMs: number): void {
    this.#seats = tookMs > LONG_TURN_MS ? Math.ceil(this.#seats / 2) : Math.min(this.#seats + 1, MOST_SEATS);
  }
}
