import type { PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import { QueueSet, type Queuing } from "./fair-queuing/queue-set.ts";
import { RetryAfter } from "./retry-after.ts";
import type { SeatLimits } from "./seats/plan-limits.ts";
import { SeatDemand } from "./seats/seat-demand.ts";

/** A priority level at work. Only the flow controller changes it. */
export class PriorityLevel<Owner> {
  readonly name: string;
  readonly requests: QueueSet<Owner>;
  readonly demand: SeatDemand;
  readonly retryAfter = new RetryAfter();
  configuration: PriorityLevelConfiguration;
  limits: SeatLimits = { nominal: 0, min: 0, max: 0, maxSeatsOfRequest: Number.POSITIVE_INFINITY };
  /** The seats that it has until the next adjustment. */
  currentLimit = 0;
  /** Seats of requests that have been started in this turn of the event loop. */
  startedThisTurn = 0;
  /** Its configuration has gone, and it stays until nobody is in it any more. */
  isQuiescing = false;

  constructor(configuration: PriorityLevelConfiguration, now: number) {
    this.name = configuration.metadata.name;
    this.configuration = configuration;
    this.requests = new QueueSet(queuingOf(configuration), 0, now);
    this.demand = new SeatDemand(now);
  }

  get isExempt(): boolean {
    return this.configuration.spec.type === "Exempt";
  }

  /** Gives it seats, and the queues that its configuration asks for. */
  seat(limit: number, now: number): void {
    this.currentLimit = limit;
    this.requests.configure(queuingOf(this.configuration), limit, now);
  }
}

function queuingOf({ spec: { type, limited } }: PriorityLevelConfiguration): Queuing {
  if (type === "Exempt") return { type: "exempt" };
  const queuing = limited?.limitResponse?.queuing;
  if (queuing === undefined) return { type: "reject" };
  const { queues, handSize, queueLengthLimit } = queuing;
  return { type: "queue", queues, handSize, queueLengthLimit };
}
