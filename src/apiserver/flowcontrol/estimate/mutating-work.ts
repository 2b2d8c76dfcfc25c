import type { WorkEstimate } from "../fair-queuing/fair-request.ts";

/** Watches whose events take one seat. */
const WATCHES_PER_SEAT = 10;

/** How long they take it. */
const EVENT_MS = 5;

/** No write is taken to be wider. */
const MAX_MUTATING_SEATS = 10;

/**
 * A write, and the events that it makes for watches: work that goes on behind its answer, as long as it is that of a
 * whole seat. What would be wider than `maxSeats` takes fewer seats for longer (`mutating_work_estimator.go`).
 */
export function mutatingWork(watchers: number, maxSeats: number): WorkEstimate {
  if (watchers < WATCHES_PER_SEAT) return { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 };
  const wanted = Math.ceil(watchers / WATCHES_PER_SEAT);
  const finalSeats = Math.min(wanted, maxSeats, MAX_MUTATING_SEATS);
  return { initialSeats: 1, finalSeats, additionalLatencyMs: (wanted * EVENT_MS) / finalSeats };
}
