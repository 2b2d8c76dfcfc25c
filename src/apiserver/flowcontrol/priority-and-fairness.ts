import type { Clock } from "#base/clock.ts";
import { onAbort, onDispose } from "#base/disposable.ts";
import { nextTurn } from "#base/next-turn.ts";
import type { Answer, AnswerHeaders } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import type { Metrics } from "#observability/metrics.ts";
import type { Deadlines } from "../front/deadlines.ts";
import { isLongRunning, type ResourceRequestInfo } from "../front/request-info.ts";
import type { CollectionSizes } from "./estimate/collection-sizes.ts";
import { WatchCounts } from "./estimate/watch-counts.ts";
import { estimateWork } from "./estimate/work-estimate.ts";
import type { FairRequest, WorkEstimate } from "./fair-queuing/fair-request.ts";
import { FlowControlMetrics, type FlowSeries } from "./flow-control-metrics.ts";
import { type Flow, type FlowConfiguration, FlowController } from "./flow-controller.ts";
import { distinguisherOf } from "./match-flow-schema.ts";
import type { PriorityLevel } from "./priority-level.ts";
import type { LimitedRequest, RequestLimiter } from "./request-limiter.ts";
import { tooManyRequests } from "./too-many-requests.ts";
import { TurnPace } from "./turn-pace.ts";

export interface PriorityAndFairnessOptions {
  /** Seats of the whole server. */
  readonly seats: number;
}

export interface PriorityAndFairnessDependencies {
  /** As it is now; read again after `reconfigure`. */
  readonly configuration: () => FlowConfiguration;
  readonly sizes: Pick<CollectionSizes, "of">;
  readonly deadlines: Deadlines;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** A request between its arrival and its end. */
export interface Ticket extends LimitedRequest {
  /** Present while it waits. */
  grant?: () => void;
}

/** Who is slower to take what is there already keeps nobody else from a seat: little of it waits in the server. */
const MAX_INITIALIZATION_MS = 5000;

type Level = PriorityLevel<Ticket>;
type Seat = FairRequest<Ticket>;

/**
 * API priority and fairness (KEP-1040): sorts requests into priority levels, each with seats of its own, and lets them
 * wait in fair queues for a seat. A request has its seat until its answer has been taken, so that what clients do not read
 * is held within bounds too; a watch has it until it has told what is there already, but not for long.
 */
export class PriorityAndFairness implements RequestLimiter {
  readonly #dependencies: PriorityAndFairnessDependencies;
  readonly #controller: FlowController<Ticket>;
  readonly #metrics: FlowControlMetrics;
  readonly #watches = new WatchCounts();
  readonly #headers = new WeakMap<Flow<Ticket>, AnswerHeaders>();
  readonly #pace = new TurnPace();
  #isStale = true;
  #isTurnAwaited = false;

  constructor({ seats }: PriorityAndFairnessOptions, dependencies: PriorityAndFairnessDependencies) {
    this.#dependencies = dependencies;
    this.#controller = new FlowController(seats, dependencies.clock.now());
    this.#metrics = new FlowControlMetrics(dependencies.metrics);
  }

  get levels(): ReadonlyMap<string, Level> {
    this.#refresh();
    return this.#controller.levels;
  }

  /** The configuration has changed. It is read when somebody next asks for something. */
  reconfigure(): void {
    this.#isStale = true;
  }

  /** Moves seats between the levels; to be called every ten seconds. */
  adjust(): void {
    this.#refresh();
    this.#controller.adjust(this.#dependencies.clock.now());
    this.#afterAdjustment();
  }

  async limit(request: LimitedRequest, work: () => Promise<Answer>): Promise<Answer> {
    const { info, exchange } = request;
    const isWatch = info.isResourceRequest && info.verb === "watch";
    if (isLongRunning(info) && !isWatch) return await work();
    this.#refresh();
    const flow = this.#controller.classify(request);
    exchange.addAnswerFields(this.#headersOf(flow));
    const seat = await this.#seat(flow, request);
    if (seat === undefined) return this.#refuse(flow.level);
    if (isWatch) this.#countWatch(exchange, info);
    try {
      return await work();
    } finally {
      if (isWatch) this.#finishWhenInitialized(flow, seat);
      else exchange.onFinished(() => this.#finish(flow, seat));
    }
  }

  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { configuration, clock } = this.#dependencies;
    this.#controller.configure(configuration(), clock.now());
    this.#afterAdjustment();
  }

  /** Other seats may let waiting requests go on. */
  #afterAdjustment(): void {
    for (const level of this.#controller.levels.values()) {
      this.#metrics.noteLimits(level);
      this.#dispatch(level);
    }
  }

  /** Undefined when the request is turned away, at once or after it has waited. */
  async #seat(flow: Flow<Ticket>, request: LimitedRequest): Promise<Seat | undefined> {
    const { level, schema } = flow;
    const now = this.#dependencies.clock.now();
    const series = this.#metrics.of(flow);
    const owner: Ticket = { ...request };
    const estimate = this.#estimate(level, request);
    const flowSchema = schema.metadata.name;
    const distinguisher = level.isExempt ? "" : distinguisherOf(request, schema);
    const arrived = level.requests.arrive({ owner, flowSchema, distinguisher, estimate }, now);
    if (typeof arrived === "string") {
      series.rejected(arrived);
      return undefined;
    }
    this.#dispatch(level);
    if (arrived.startedAt === undefined && !(await this.#wait(flow, arrived, series))) return undefined;
    if (!level.isExempt) series.waitedAndExecuted.observe((this.#now() - now) / 1000);
    series.dispatched.add();
    series.executing.add(1);
    series.seats.add(arrived.seats);
    return arrived;
  }

  /** Whether the request has got its turn before its time was over or its client went. */
  async #wait({ level }: Flow<Ticket>, seat: Seat, series: FlowSeries): Promise<boolean> {
    const { owner, arrivedAt } = seat;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    owner.grant = () => resolve(true);
    const giveUp = (): void => {
      if (level.requests.cancel(seat, this.#now())) resolve(false);
    };
    series.waiting.add(1);
    const isGranted = await this.#until(promise, owner, giveUp);
    series.waiting.add(-1);
    if (isGranted) return true;
    series.rejected("time-out");
    series.waitedInVain((this.#now() - arrivedAt) / 1000);
    // What was behind it may be narrower.
    this.#dispatch(level);
    return false;
  }

  async #until(
    granted: Promise<boolean>,
    { exchange, maxWaitMs }: Ticket,
    giveUp: () => void,
  ): Promise<boolean> {
    using _time = this.#dependencies.deadlines.add(maxWaitMs, giveUp);
    using _client = onAbort(exchange.signal, giveUp);
    return await granted;
  }

  #countWatch(exchange: Exchange, { target }: ResourceRequestInfo): void {
    const watch = this.#watches.add(target, exchange.query);
    exchange.onFinished(() => watch[Symbol.dispose]());
  }

  #finishWhenInitialized(flow: Flow<Ticket>, seat: Seat): void {
    const { exchange } = seat.owner;
    const finish = onDispose(() => this.#finish(flow, seat));
    const end = (): void => {
      deadline[Symbol.dispose]();
      finish[Symbol.dispose]();
    };
    const deadline = this.#dependencies.deadlines.add(MAX_INITIALIZATION_MS, end);
    exchange.onUnderWay(end);
    exchange.onFinished(end);
  }

  #estimate(level: Level, { info, exchange }: LimitedRequest): WorkEstimate {
    const { sizes } = this.#dependencies;
    return estimateWork({
      info,
      query: exchange.query,
      maxSeats: level.limits.maxSeatsOfRequest,
      size: () => (info.isResourceRequest ? sizes.of(info.target) : undefined),
      watchers: () => (info.isResourceRequest ? this.#watches.of(info.target) : 0),
    });
  }

  #finish(flow: Flow<Ticket>, seat: Seat): void {
    const { level } = flow;
    const series = this.#metrics.of(flow);
    level.requests.finish(seat, this.#now());
    series.executing.add(-1);
    const { additionalLatencyMs } = seat.estimate;
    if (additionalLatencyMs > 0) {
      this.#dependencies.clock.after(additionalLatencyMs, () => {
        level.requests.release(seat, this.#now());
        series.seats.add(-seat.seats);
        this.#dispatch(level);
      });
    } else series.seats.add(-seat.seats);
    this.#dispatch(level);
  }

  /** Starts what there are seats for, in this turn of the event loop no more than is soon done. */
  #dispatch(level: Level): void {
    const { requests } = level;
    const now = this.#now();
    while (level.startedThisTurn < this.#pace.seats) {
      const next = requests.dispatch(now);
      if (next === undefined) break;
      level.startedThisTurn += next.seats;
      next.owner.grant?.();
    }
    level.demand.set(requests.seatDemand, now);
    if (level.startedThisTurn > 0) this.#awaitTurn();
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    const begin = this.#now();
    void nextTurn().then(() => {
      this.#isTurnAwaited = false;
      this.#pace.note(this.#now() - begin);
      for (const level of this.#controller.levels.values()) {
        if (level.startedThisTurn === 0) continue;
        level.startedThisTurn = 0;
        this.#dispatch(level);
      }
    });
  }

  #refuse({ retryAfter }: Level): Answer {
    retryAfter.record(Math.floor(this.#now() / 1000));
    return tooManyRequests(retryAfter.seconds);
  }

  /** The uids of what has decided about a request; names would tell too much. */
  #headersOf(flow: Flow<Ticket>): AnswerHeaders {
    const known = this.#headers.get(flow);
    if (known !== undefined) return known;
    const headers = {
      "x-kubernetes-pf-flowschema-uid": flow.schema.metadata.uid,
      "x-kubernetes-pf-prioritylevel-uid": flow.level.configuration.metadata.uid,
    };
    this.#headers.set(flow, headers);
    return headers;
  }

  #now(): number {
    return this.#dependencies.clock.now();
  }
}
