import type { StoreEvent } from "../store.ts";
import { revisionOf } from "../store-event.ts";

export interface RecentHistoryLimits {
  readonly maxEvents: number;
  /** Replaced and deleted values are kept alive by the history; this bounds them. */
  readonly maxBytes: number;
}

/** The newest events in memory, without a gap, so that most watches and old lists need no disk. */
export class RecentHistory {
  readonly #limits: RecentHistoryLimits;
  #events: StoreEvent[] = [];
  /** Index of the oldest event that is still kept. */
  #head = 0;
  #bytes = 0;
  #start: number;

  /** Every event after revision `start` will be appended. */
  constructor(start: number, limits: RecentHistoryLimits) {
    this.#start = start;
    this.#limits = limits;
  }

  /** All events after this revision are here. */
  get start(): number {
    return this.#start;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    this.#bytes += heldBytes(event);
  }

  /** Keeps to the limits by dropping the oldest events, but none after `loggedRevision`: those are only here. */
  trim(loggedRevision: number): void {
    this.#dropWhile((event) => this.#isOverLimit() && revisionOf(event) <= loggedRevision);
  }

  /** Drops the events up to and including `revision`. */
  forget(revision: number): void {
    this.#dropWhile((event) => revisionOf(event) <= revision);
    this.#start = Math.max(this.#start, revision);
  }

  /** The events after `revision`, which must not be before `start`. */
  after(revision: number): readonly StoreEvent[] {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const event = this.#events[middle];
      if (event !== undefined && revisionOf(event) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  #isOverLimit(): boolean {
    const { maxEvents, maxBytes } = this.#limits;
    return this.#events.length - this.#head > maxEvents || this.#bytes > maxBytes;
  }

  #dropWhile(isOld: (event: StoreEvent) => boolean): void {
    for (let event = this.#events[this.#head]; event !== undefined; event = this.#events[this.#head]) {
      if (!isOld(event)) break;
      this.#start = revisionOf(event);
      this.#bytes -= heldBytes(event);
      this.#head += 1;
    }
    this.#releaseDropped();
  }

  /** Moving the kept events to the front only when half of the array is dropped makes it cheap per event. */
  #releaseDropped(): void {
    if (this.#head * 2 < this.#events.length || this.#head === 0) return;
    this.#events = this.#events.slice(this.#head);
    this.#head = 0;
  }
}

function heldBytes(event: StoreEvent): number {
  return event.previous?.value.length ?? 0;
}
