/** How much of the smoothed demand an adjustment keeps: it halves in five minutes of ten seconds (upstream's constant). */
const SMOOTHING = 0.977;

/**
 * What a priority level could have used: the seats in use and asked for, over the time since the last adjustment
 * (`fairqueuing/integrator.go` and `seatDemandStats` of upstream's apiserver).
 */
export class SeatDemand {
  #value = 0;
  #lastTime: number;
  #start: number;
  #sum = 0;
  #sumOfSquares = 0;
  #highest = 0;
  #smoothed = 0;

  constructor(now: number) {
    this.#lastTime = now;
    this.#start = now;
  }

  set(value: number, now: number): void {
    this.#integrate(now);
    this.#value = value;
    if (value > this.#highest) this.#highest = value;
  }

  /** The demand since the last call, smoothed with that of before; begins anew. */
  settle(now: number): SettledDemand {
    this.#integrate(now);
    const highWatermark = Math.round(this.#highest);
    const elapsed = now - this.#start;
    if (elapsed > 0) {
      const average = this.#sum / elapsed;
      const variance = this.#sumOfSquares / elapsed - average * average;
      const envelope = average + Math.sqrt(Math.max(0, variance));
      this.#smoothed = Math.max(envelope, SMOOTHING * this.#smoothed + (1 - SMOOTHING) * envelope);
    }
    this.#start = now;
    this.#sum = 0;
    this.#sumOfSquares = 0;
    this.#highest = this.#value;
    return { highWatermark, smoothed: this.#smoothed };
  }

  #integrate(now: number): void {
    const elapsed = Math.max(0, now - this.#lastTime);
    this.#lastTime = now;
    this.#sum += this.#value * elapsed;
    this.#sumOfSquares += this.#value * this.#value * elapsed;
  }
}

export interface SettledDemand {
  /** The most seats that were in demand at once. */
  readonly highWatermark: number;
  readonly smoothed: number;
}
