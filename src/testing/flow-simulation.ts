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
  /** Sees the queue set after everything that happens. */
  readonly check?: (set: QueueSet<FlowOfClients>, now: number) => void;
}

/** Lets clients loose on a queue set, in a time of its own: what happens depends on nothing else. */
export function simulateFlows(
  set: QueueSet<FlowOfClients>,
  flows: readonly FlowOfClients[],
  { durationMs, check }: SimulationOptions,
): ReadonlyMap<string, FlowFigures> {
  const simulation = new Simulation(set, flows, check);
  simulation.run(durationMs);
  return simulation.figures;
}

interface Step {
  readonly at: number;
  readonly run: (now: number) => void;
}

class Simulation {
  readonly figures: ReadonlyMap<string, FlowFigures>;
  readonly #set: QueueSet<FlowOfClients>;
  readonly #check: SimulationOptions["check"];
  readonly #steps = new Map<number, Step[]>();

  constructor(
    set: QueueSet<FlowOfClients>,
    flows: readonly FlowOfClients[],
    check: SimulationOptions["check"],
  ) {
    this.#set = set;
    this.#check = check;
    this.figures = new Map(
      flows.map(({ name }) => [name, { answered: 0, rejected: 0, seatMs: 0, longestWaitMs: 0 }]),
    );
    for (const flow of flows) {
      for (let client = 0; client < flow.clients; client += 1) {
        this.#at(client % Math.max(1, flow.thinkMs), (now) => this.#send(flow, now));
      }
    }
  }

  run(durationMs: number): void {
    for (let now = 0; now < durationMs; now += 1) {
      // Steps may add others for the same time.
      for (const { run } of this.#steps.get(now) ?? []) {
        run(now);
        this.#dispatch(now);
        this.#check?.(this.#set, now);
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
    for (let next = this.#set.dispatch(now); next !== undefined; next = this.#set.dispatch(now)) {
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
