import { type FairRequest, type WorkEstimate } from "#apiserver/flowcontrol/fair-queuing/fair-request.ts";
import type { QueueSet } from "#apiserver/flowcontrol/fair-queuing/queue-set.ts";

/** Clients of one flow who each send the next request when the last one has been answered. */
export interface FlowOfClients {
  readonly name: string;
  readonly clients: number;
  /** Between an answer and the next request, and before a request that was turned away is sent again. */
  readonly thinkMs: number;
  readonly serviceMs: number;
  readonly seats?: number;
  readonly final?: Pick<WorkEstimate, "finalSeats" | "additionalLatencyMs">;
}

export interface FlowFigures {
  answered: number;
  rejected: number;
  seatMs: number;
  longestWaitMs: number;
}

export interface SimulationOptions {
  readonly durationMs: number;
  /** How many requests can be started within a millisecond, however many seats there are. Default: all. */
  readonly startsPerMs?: number;
  /** Sees the queue set after everything that happens. */
  readonly check?: (set: QueueSet<FlowOfClients>, now: number) => void;
}

/** Lets clients loose on a queue set, in a time of its own: what happens depends on nothing else. */
export function simulateFlows(
  set: QueueSet<FlowOfClients>,
  flows: readonly FlowOfClients[],
  options: SimulationOptions,
): ReadonlyMap<string, FlowFigures> {
  const simulation = new Simulation(set, flows, options);
  simulation.run();
  return simulation.figures;
}

interface Step {
  readonly at: number;
  readonly run: (now: number) => void;
}

class Simulation {
  readonly figures: ReadonlyMap<string, FlowFigures>;
  readonly #set: QueueSet<FlowOfClients>;
  readonly #options: SimulationOptions;
  readonly #steps = new Map<number, Step[]>();
  #started = 0;

  constructor(set: QueueSet<FlowOfClients>, flows: readonly FlowOfClients[], options: SimulationOptions) {
    this.#set = set;
    this.#options = options;
    this.figures = new Map(
      flows.map(({ name }) => [name, { answered: 0, rejected: 0, seatMs: 0, longestWaitMs: 0 }]),
    );
    for (const flow of flows) {
      for (let client = 0; client < flow.clients; client += 1) {
        this.#at(client % Math.max(1, flow.thinkMs), (now) => this.#send(flow, now));
      }
    }
  }

  run(): void {
    const { durationMs, check } = this.#options;
    for (let now = 0; now < durationMs; now += 1) {
      this.#started = 0;
      this.#dispatch(now);
      // Steps may add others for the same time.
      for (const { run } of this.#steps.get(now) ?? []) {
        run(now);
        this.#dispatch(now);
        check?.(this.#set, now);
      }
      this.#steps.delete(now);
    }
  }

  #at(at: number, run: Step["run"]): void {
    const steps = this.#steps.get(at);
    if (steps === undefined) this.#steps.set(at, [{ at, run }]);
    else steps.push({ at, run });
  }

  #send(flow: FlowOfClients, now: number): void {
    const { name, seats = 1, final = { finalSeats: 0, additionalLatencyMs: 0 }, thinkMs } = flow;
    const estimate = { initialSeats: seats, ...final };
    const outcome = this.#set.arrive({ owner: flow, flowSchema: "s", distinguisher: name, estimate }, now);
    if (typeof outcome === "string") {
      this.#figuresOf(flow).rejected += 1;
      this.#at(now + Math.max(1, thinkMs), (later) => this.#send(flow, later));
    } else if (outcome.startedAt !== undefined) this.#serve(outcome, now);
  }

  #dispatch(now: number): void {
    const { startsPerMs = Number.POSITIVE_INFINITY } = this.#options;
    while (this.#started < startsPerMs) {
      const next = this.#set.dispatch(now);
      if (next === undefined) return;
      this.#started += 1;
      this.#serve(next, now);
    }
  }

  #serve(request: FairRequest<FlowOfClients>, now: number): void {
    const { owner: flow, seats, arrivedAt } = request;
    const figures = this.#figuresOf(flow);
    figures.longestWaitMs = Math.max(figures.longestWaitMs, now - arrivedAt);
    this.#at(now + flow.serviceMs, (end) => {
      const { additionalLatencyMs } = request.estimate;
      this.#set.finish(request, end);
      figures.answered += 1;
      figures.seatMs += seats * flow.serviceMs;
      if (additionalLatencyMs > 0) {
        this.#at(end + Math.ceil(additionalLatencyMs), (later) => this.#set.release(request, later));
      }
      this.#at(end + Math.max(1, flow.thinkMs), (later) => this.#send(flow, later));
    });
  }

  #figuresOf({ name }: FlowOfClients): FlowFigures {
    const figures = this.figures.get(name);
    if (figures === undefined) throw new RangeError(`There is no flow "${name}"`);
    return figures;
  }
}
