import { dealHand, hashFlow } from "./dealer.ts";
import { FairQueue } from "./fair-queue.ts";
import { type Arrival, FairRequest } from "./fair-request.ts";

/** What happens to requests for which there is no seat. */
export type Queuing =
  /** There is always one. */
  | { readonly type: "exempt" }
  | { readonly type: "reject" }
  | {
      readonly type: "queue";
      readonly queues: number;
      readonly handSize: number;
      /** Requests that one queue takes while all seats are in use. */
      readonly queueLengthLimit: number;
    };

/** Why a request is turned away; values of a metric's label. */
export type Rejection = "queue-full" | "concurrency-limit";

/** Flows whose hands are remembered; dealing costs more than the rest of an arrival. */
const REMEMBERED_HANDS = 4096;

/**
 * The seats of one priority level and the queues in front of them: fair queuing for server requests, as
 * `fairqueuing/queueset/doc.go` of upstream's apiserver derives it. Each queue that has something to do is owed the same
 * share of the seats; a meter R counts the seat-seconds that have been owed to every queue, and the request whose end
 * would be due first is the next. It decides only: the caller brings the time, in milliseconds, and asks with `dispatch`
 * for requests to start after every other call.
 */
export class QueueSet<Owner> {
  #queuing: Queuing;
  #limit: number;
  #queues: FairQueue<Owner>[] = [];
  readonly #hands = new Map<string, readonly number[]>();
  readonly #withoutQueue = new Set<FairRequest<Owner>>();
  #currentR = 0;
  #lastTime: number;
  /** The queue that was served last. */
  #robin = 0;
  #arrivals = 0;
  #waiting = 0;
  #executing = 0;
  #seatsInUse = 0;
  #seatsWaiting = 0;
  #dispatched = 0;
  #rejected = 0;
  #cancelled = 0;

  constructor(queuing: Queuing, limit: number, now: number) {
    this.#queuing = queuing;
    this.#limit = limit;
    this.#lastTime = now;
    this.#fitQueues();
  }

  get queues(): readonly FairQueue<Owner>[] {
    return this.#queues;
  }

  /** Executing requests that came through no queue. */
  get withoutQueue(): ReadonlySet<FairRequest<Owner>> {
    return this.#withoutQueue;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get executing(): number {
    return this.#executing;
  }

  get seatsInUse(): number {
    return this.#seatsInUse;
  }

  /** The seats that could be used now if there were enough. */
  get seatDemand(): number {
    return this.#seatsInUse + this.#seatsWaiting;
  }

  /** What has become of requests since the start; those that gave up waiting are among the rejected. */
  get totals(): { readonly dispatched: number; readonly rejected: number; readonly cancelled: number } {
    return { dispatched: this.#dispatched, rejected: this.#rejected, cancelled: this.#cancelled };
  }

  get isIdle(): boolean {
    return this.#waiting === 0 && this.#executing === 0;
  }

  configure(queuing: Queuing, limit: number, now: number): void {
    this.#advance(now);
    this.#queuing = queuing;
    this.#limit = limit;
    this.#hands.clear();
    this.#fitQueues();
  }

  /** The request, which waits or, where there are no queues, is to be started; or why it is turned away. */
  arrive(arrival: Arrival<Owner>, now: number): FairRequest<Owner> | Rejection {
    this.#advance(now);
    if (this.#queuing.type !== "queue") return this.#arriveWithoutQueue(arrival, now);
    const queue = this.#chooseQueue(arrival, this.#queuing);
    const isFull = queue.waiting.size >= this.#queuing.queueLengthLimit;
    // Who waits for a turn only, and not for a seat, counts as if it had one.
    if (isFull && this.seatDemand >= this.#limit) return this.#reject("queue-full");
    const request = new FairRequest(arrival, { queue, now, currentR: this.#currentR });
    queue.enqueue(request, this.#currentR);
    this.#waiting += 1;
    this.#seatsWaiting += request.seats;
    return request;
  }

  /** The next request that is to be started, as long as there are seats for it. */
  dispatch(now: number): FairRequest<Owner> | undefined {
    if (this.#waiting === 0 || this.#seatsInUse >= this.#limit) return undefined;
    this.#advance(now);
    const index = this.#nextQueue();
    const queue = this.#queues[index];
    const request = queue?.oldest;
    if (queue === undefined || request === undefined || !this.#canSeat(request.seats)) return undefined;
    // It stays the last one that was looked at, so that others win where the ends are equal.
    this.#robin = index;
    this.#waiting -= 1;
    this.#seatsWaiting -= request.seats;
    queue.start(request, this.#limit);
    this.#occupy(request, now);
    return request;
  }

  /** Takes a request out that will not wait longer. False when it waits no more. */
  cancel(request: FairRequest<Owner>, now: number): boolean {
    this.#advance(now);
    if (request.queue?.remove(request) !== true) return false;
    this.#waiting -= 1;
    this.#seatsWaiting -= request.seats;
    this.#rejected += 1;
    this.#cancelled += 1;
    this.#fitQueues();
    return true;
  }

  /** A request has been carried out. When its estimate has final work, its seats stay taken until `release`. */
  finish(request: FairRequest<Owner>, now: number): void {
    this.#advance(now);
    this.#executing -= 1;
    if (request.queue === undefined) this.#withoutQueue.delete(request);
    else request.queue.finish(request, now - (request.startedAt ?? now));
    if (request.estimate.additionalLatencyMs <= 0) this.release(request, now);
  }

  /** The end of the time that `additionalLatencyMs` of the request's estimate gives. */
  release(request: FairRequest<Owner>, now: number): void {
    this.#advance(now);
    this.#seatsInUse -= request.seats;
    request.queue?.release(request.seats);
    this.#fitQueues();
  }

  #arriveWithoutQueue(arrival: Arrival<Owner>, now: number): FairRequest<Owner> | Rejection {
    const request = new FairRequest(arrival, { queue: undefined, now, currentR: this.#currentR });
    const hasSeat = this.#queuing.type === "exempt" || this.#canSeat(request.seats);
    if (!hasSeat) return this.#reject("concurrency-limit");
    this.#withoutQueue.add(request);
    this.#occupy(request, now);
    return request;
  }

  #reject(why: Rejection): Rejection {
    this.#rejected += 1;
    return why;
  }

  #occupy(request: FairRequest<Owner>, now: number): void {
    request.startedAt = now;
    this.#dispatched += 1;
    this.#executing += 1;
    this.#seatsInUse += request.seats;
  }

  /** A request that is wider than all seats together gets them when nobody else has any. */
  #canSeat(seats: number): boolean {
    return seats > this.#limit ? this.#executing === 0 : this.#seatsInUse + seats <= this.#limit;
  }

  /** Of the flow's hand, the queue with the least work; ties go to each in turn. */
  #chooseQueue(arrival: Arrival<Owner>, queuing: Extract<Queuing, { type: "queue" }>): FairQueue<Owner> {
    const hand = this.#handOf(arrival, queuing);
    const offset = this.#arrivals % hand.length;
    this.#arrivals += 1;
    let best: FairQueue<Owner> | undefined;
    for (let index = 0; index < hand.length; index += 1) {
      const queue = this.#queues[hand[(offset + index) % hand.length] ?? 0];
      if (queue !== undefined && (best === undefined || queue.waitingWork < best.waitingWork)) best = queue;
    }
    if (best === undefined) throw new RangeError("A queue set with queues has none");
    return best;
  }

  #handOf(
    { flowSchema, distinguisher }: Arrival<Owner>,
    { queues: deckSize, handSize }: Extract<Queuing, { type: "queue" }>,
  ): readonly number[] {
    const flow = `${flowSchema}\0${distinguisher}`;
    const known = this.#hands.get(flow);
    if (known !== undefined) return known;
    if (this.#hands.size >= REMEMBERED_HANDS) this.#hands.clear();
    const hand = dealHand(hashFlow(flowSchema, distinguisher), { deckSize, handSize });
    this.#hands.set(flow, hand);
    return hand;
  }

  /** The queue whose oldest request would be due to end first, looking at them in turn. */
  #nextQueue(): number {
    const count = this.#queues.length;
    let earliest = Number.POSITIVE_INFINITY;
    let chosen = this.#robin;
    for (let step = 1; step <= count; step += 1) {
      const index = (this.#robin + step) % count;
      const queue = this.#queues[index];
      const oldest = queue?.waiting.size === 0 ? undefined : queue?.oldest;
      if (queue === undefined || oldest === undefined) continue;
      const end = queue.nextDispatchR + oldest.totalWork;
      if (end >= earliest) continue;
      earliest = end;
      chosen = index;
    }
    return chosen;
  }

  /**
   * Adds the seat-seconds that each active queue has been owed since the last call. Requests may wait although there
   * are seats, for a turn of the one thread that serves them all. The meter must not run ahead of what queues have
   * really got then: whoever comes would be taken to come after all who wait.
   */
  #advance(now: number): void {
    const seconds = Math.max(0, now - this.#lastTime) / 1000;
    this.#lastTime = now;
    let active = 0;
    let behind = Number.POSITIVE_INFINITY;
    for (const queue of this.#queues) {
      if (queue.isActive) active += 1;
      if (queue.waiting.size > 0) behind = Math.min(behind, queue.nextDispatchR);
    }
    if (active === 0) return;
    const owed = (Math.min(this.seatDemand, this.#limit) / active) * seconds;
    this.#currentR = Math.min(this.#currentR + owed, behind);
  }

  /** New queues are there at once; those that are too many go when nobody is in them any more. */
  #fitQueues(): void {
    const wanted = this.#queuing.type === "queue" ? this.#queuing.queues : 0;
    if (this.#queues.length === wanted) return;
    while (this.#queues.length < wanted) this.#queues.push(new FairQueue());
    if (this.#queues.length === wanted) return;
    this.#queues = this.#queues.filter(
      (queue, index) => index < wanted || queue.isActive || queue.seatsInUse > 0,
    );
    this.#robin = Math.min(this.#robin, Math.max(0, this.#queues.length - 1));
  }
}
