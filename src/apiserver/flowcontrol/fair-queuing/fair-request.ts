import type { FairQueue } from "./fair-queue.ts";

/** What a request takes: seats while it is carried out, and others for a while behind its answer. */
export interface WorkEstimate {
  readonly initialSeats: number;
  readonly finalSeats: number;
  readonly additionalLatencyMs: number;
}

/** What a queue set has to know of a request. */
export interface Arrival<Owner> {
  /** Who asks; queue sets only keep it. */
  readonly owner: Owner;
  readonly flowSchema: string;
  readonly distinguisher: string;
  readonly estimate: WorkEstimate;
}

/** How long a request is taken to last before it has; real durations are settled afterwards. */
export const ESTIMATED_SERVICE_MS = 3;

/** A request in a queue set, from its arrival until it has given its seats back. Only its queue set changes it. */
export class FairRequest<Owner> {
  readonly owner: Owner;
  readonly flowSchema: string;
  readonly distinguisher: string;
  readonly arrivedAt: number;
  /** The meter of its queue set when it came. */
  readonly arrivalR: number;
  /** In seat-seconds. */
  readonly totalWork: number;
  /** Absent where there are no queues. */
  readonly queue: FairQueue<Owner> | undefined;
  estimate: WorkEstimate;
  startedAt: number | undefined;

  constructor(
    { owner, flowSchema, distinguisher, estimate }: Arrival<Owner>,
    place: { readonly queue: FairQueue<Owner> | undefined; readonly now: number; readonly currentR: number },
  ) {
    this.owner = owner;
    this.flowSchema = flowSchema;
    this.distinguisher = distinguisher;
    this.estimate = estimate;
    this.queue = place.queue;
    this.arrivedAt = place.now;
    this.arrivalR = place.currentR;
    this.totalWork = seatSeconds(estimate.initialSeats, ESTIMATED_SERVICE_MS) + finalWork(estimate);
  }

  /** Gives its final work the shape that a level of `limit` seats can take: fewer seats for longer. */
  narrow(limit: number): void {
    const { initialSeats, finalSeats } = this.estimate;
    if (finalSeats <= limit || limit <= 0) return;
    const additionalLatencyMs = (finalWork(this.estimate) / limit) * 1000;
    this.estimate = { initialSeats, finalSeats: limit, additionalLatencyMs };
  }

  /** The seats that it holds from its start to its end. */
  get seats(): number {
    return Math.max(this.estimate.initialSeats, this.estimate.finalSeats);
  }
}

function finalWork({ finalSeats, additionalLatencyMs }: WorkEstimate): number {
  return seatSeconds(finalSeats, additionalLatencyMs);
}

export function seatSeconds(seats: number, ms: number): number {
  return (seats * ms) / 1000;
}
