import { ESTIMATED_SERVICE_MS, type FairRequest, seatSeconds } from "./fair-request.ts";

/**
 * How far a queue may be ahead of the meter when it has been empty for a moment, in seat-seconds: more than any request
 * is estimated at. Were it forgotten that it has just got something, small requests could pass a wide one for ever.
 */
const MAX_DEBT = 1;

/** One queue of a queue set, in the order in which requests came. */
export class FairQueue<Owner> {
  /** The meter reading at which its next request is due. */
  nextDispatchR = 0;
  readonly #waiting = new Set<FairRequest<Owner>>();
  readonly #executing = new Set<FairRequest<Owner>>();
  #seatsInUse = 0;
  #waitingInitialSeats = 0;
  #waitingSeats = 0;
  #waitingWork = 0;

  get waiting(): ReadonlySet<FairRequest<Owner>> {
    return this.#waiting;
  }

  get executing(): ReadonlySet<FairRequest<Owner>> {
    return this.#executing;
  }

  /** Those of requests that linger are among them. */
  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  get waitingInitialSeats(): number {
    return this.#waitingInitialSeats;
  }

  get waitingSeats(): number {
    return this.#waitingSeats;
  }

  /** In seat-seconds. */
  get waitingWork(): number {
    return this.#waitingWork;
  }

  /** Whether it takes part in the sharing of seats. */
  get isActive(): boolean {
    return this.#waiting.size > 0 || this.#executing.size > 0;
  }

  get oldest(): FairRequest<Owner> | undefined {
    for (const request of this.#waiting) return request;
    return undefined;
  }

  enqueue(request: FairRequest<Owner>, currentR: number): void {
    if (!this.isActive) {
      this.nextDispatchR = Math.min(Math.max(this.nextDispatchR, currentR), currentR + MAX_DEBT);
    }
    this.#waiting.add(request);
    this.#count(request, 1);
    this.#boundNextDispatch();
  }

  /** False when the request does not wait here. */
  remove(request: FairRequest<Owner>): boolean {
    if (!this.#waiting.delete(request)) return false;
    this.#count(request, -1);
    this.#boundNextDispatch();
    return true;
  }

  /** A request that waits begins, with no more seats than `limit` for its final work. */
  start(request: FairRequest<Owner>, limit: number): void {
    this.#waiting.delete(request);
    this.#count(request, -1);
    request.narrow(limit);
    this.#executing.add(request);
    this.#seatsInUse += request.seats;
    this.nextDispatchR += request.totalWork;
    this.#boundNextDispatch();
  }

  /** Settles the work that was really done against what had been estimated. */
  finish(request: FairRequest<Owner>, durationMs: number): void {
    this.#executing.delete(request);
    this.nextDispatchR -= seatSeconds(request.estimate.initialSeats, ESTIMATED_SERVICE_MS - durationMs);
    this.#boundNextDispatch();
  }

  release(seats: number): void {
    this.#seatsInUse -= seats;
  }

  #count(request: FairRequest<Owner>, sign: 1 | -1): void {
    this.#waitingInitialSeats += sign * request.estimate.initialSeats;
    this.#waitingSeats += sign * request.seats;
    this.#waitingWork = this.#waiting.size === 0 ? 0 : this.#waitingWork + sign * request.totalWork;
  }

  /** A queue that cannot use its share does not save it up: nothing is due before it came (upstream's anti-windup). */
  #boundNextDispatch(): void {
    const { oldest } = this;
    if (oldest !== undefined) this.nextDispatchR = Math.max(this.nextDispatchR, oldest.arrivalR);
  }
}
