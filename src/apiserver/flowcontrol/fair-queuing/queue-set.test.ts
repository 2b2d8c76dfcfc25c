import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type FlowOfClients, simulateFlows } from "#testing/flow-simulation.ts";
import { dealHand, hashFlow } from "./dealer.ts";
import type { FairRequest, WorkEstimate } from "./fair-request.ts";
import { QueueSet, type Queuing } from "./queue-set.ts";

const QUEUES: Queuing = { type: "queue", queues: 8, handSize: 2, queueLengthLimit: 3 };
const ONE: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 };

function arrive(set: QueueSet<string>, name: string, now = 0, estimate: Partial<WorkEstimate> = {}) {
  const flow = { flowSchema: "s", distinguisher: name.split(".")[0] ?? "" };
  return set.arrive({ owner: name, ...flow, estimate: { ...ONE, ...estimate } }, now);
}

function accepted(outcome: FairRequest<string> | string): FairRequest<string> {
  if (typeof outcome === "string") throw new Error(`It was turned away: ${outcome}`);
  return outcome;
}

function started(set: QueueSet<string>, now = 0): readonly FairRequest<string>[] {
  const requests: FairRequest<string>[] = [];
  for (let next = set.dispatch(now); next !== undefined; next = set.dispatch(now)) requests.push(next);
  return requests;
}

const owners = (requests: readonly FairRequest<string>[]): string[] => requests.map(({ owner }) => owner);

describe("QueueSet", () => {
  test("starts what has a seat and lets others wait", () => {
    const set = new QueueSet<string>(QUEUES, 2, 0);
    for (const name of ["a.1", "a.2", "a.3"]) arrive(set, name);
    const running = started(set);
    expect(owners(running)).toEqual(["a.1", "a.2"]);
    expect([set.waiting, set.executing, set.seatsInUse, set.seatDemand]).toEqual([1, 2, 2, 3]);
    set.finish(running[0] as FairRequest<string>, 5);
    expect(owners(started(set, 5))).toEqual(["a.3"]);
  });

  test("turns away what finds its queues full", () => {
    const set = new QueueSet<string>({ ...QUEUES, queues: 1, handSize: 1 }, 1, 0);
    arrive(set, "a");
    started(set);
    for (let index = 0; index < 3; index += 1) expect(typeof arrive(set, "a")).toBe("object");
    expect(arrive(set, "a")).toBe("queue-full");
    expect(set.waiting).toBe(3);
  });

  test("turns away what finds no seat where nobody may wait", () => {
    const set = new QueueSet<string>({ type: "reject" }, 1, 0);
    expect(accepted(arrive(set, "a")).startedAt).toBe(0);
    expect(arrive(set, "b")).toBe("concurrency-limit");
    expect(set.withoutQueue.size).toBe(1);
  });

  test("always has a seat for exempt requests", () => {
    const set = new QueueSet<string>({ type: "exempt" }, 0, 0);
    const requests = Array.from({ length: 9 }, () => accepted(arrive(set, "a")));
    expect(set.seatsInUse).toBe(9);
    for (const request of requests) set.finish(request, 1);
    expect([set.isIdle, set.seatsInUse]).toEqual([true, 0]);
  });

  test("serves one request of a quiet flow before the next of a busy one", () => {
    const set = new QueueSet<string>({ type: "queue", queues: 8, handSize: 1, queueLengthLimit: 9 }, 1, 0);
    const [busy, quiet] = flowsInDifferentQueues(8);
    for (let index = 0; index < 5; index += 1) arrive(set, `${busy}.${String(index)}`);
    const [first] = started(set);
    arrive(set, `${quiet}.0`, 1);
    set.finish(first as FairRequest<string>, 10);
    expect(owners(started(set, 10))).toEqual([`${quiet}.0`]);
  });

  test("lets a request wait that is wider than what is free, and nobody pass it", () => {
    const set = new QueueSet<string>({ type: "queue", queues: 1, handSize: 1, queueLengthLimit: 9 }, 3, 0);
    arrive(set, "a.1", 0, { initialSeats: 2 });
    arrive(set, "a.2", 0, { initialSeats: 2 });
    arrive(set, "a.3", 0);
    const [first] = started(set);
    expect([set.executing, set.seatsInUse]).toEqual([1, 2]);
    set.finish(first as FairRequest<string>, 1);
    expect(owners(started(set, 1))).toEqual(["a.2", "a.3"]);
  });

  test("starts a request that is wider than all seats when nobody else has any", () => {
    const set = new QueueSet<string>(QUEUES, 2, 0);
    const small = accepted(arrive(set, "a"));
    started(set);
    arrive(set, "b", 0, { initialSeats: 5 });
    expect(started(set)).toEqual([]);
    set.finish(small, 1);
    expect(owners(started(set, 1))).toEqual(["b"]);
  });

  test("keeps the seats of final work until they are released", () => {
    const set = new QueueSet<string>(QUEUES, 1, 0);
    const request = accepted(arrive(set, "a", 0, { finalSeats: 1, additionalLatencyMs: 20 }));
    started(set);
    arrive(set, "b");
    set.finish(request, 5);
    expect([set.executing, set.seatsInUse, started(set, 5)]).toEqual([0, 1, []]);
    set.release(request, 25);
    expect(owners(started(set, 25))).toEqual(["b"]);
  });

  test("gives final work that is too wide fewer seats for longer", () => {
    const set = new QueueSet<string>(QUEUES, 4, 0);
    const request = accepted(arrive(set, "a", 0, { finalSeats: 10, additionalLatencyMs: 8 }));
    started(set);
    expect([request.seats, request.estimate.additionalLatencyMs]).toEqual([4, 20]);
    set.finish(request, 1);
    set.release(request, 21);
    expect([set.isIdle, set.seatsInUse, set.seatDemand]).toEqual([true, 0, 0]);
  });

  test("forgets a request that will not wait longer, once", () => {
    const set = new QueueSet<string>(QUEUES, 1, 0);
    arrive(set, "a");
    started(set);
    const waiting = accepted(arrive(set, "b"));
    expect([set.cancel(waiting, 9), set.cancel(waiting, 9), set.waiting, set.seatDemand]).toEqual([
      true,
      false,
      0,
      1,
    ]);
  });

  test("may get other queues and seats while it is in use", () => {
    const set = new QueueSet<string>(QUEUES, 1, 0);
    const requests = Array.from({ length: 6 }, (_, index) => accepted(arrive(set, `${String(index)}.0`)));
    started(set);
    set.configure({ type: "queue", queues: 2, handSize: 1, queueLengthLimit: 9 }, 10, 1);
    expect(set.queues.length).toBeGreaterThanOrEqual(2);
    expect(started(set, 1)).toHaveLength(5);
    for (const request of requests) set.finish(request, 2);
    expect(set.queues).toHaveLength(2);
    set.configure({ type: "reject" }, 1, 3);
    expect(set.queues).toHaveLength(0);
    expect(accepted(arrive(set, "a", 3)).startedAt).toBe(3);
    set.configure(QUEUES, 1, 4);
    expect(set.queues).toHaveLength(8);
  });
});

/** Two flows that share no queue, whatever their names hash to. */
function flowsInDifferentQueues(deckSize: number, handSize = 1): [string, string] {
  const handOf = (name: string) => dealHand(hashFlow("s", name), { deckSize, handSize });
  const first = "f0";
  for (let index = 1; ; index += 1) {
    const other = `f${String(index)}`;
    if (!handOf(other).some((queue) => handOf(first).includes(queue))) return [first, other];
  }
}

describe("fairness", () => {
  const aFlow = fc.record({
    clients: fc.integer({ min: 1, max: 20 }),
    thinkMs: fc.integer({ min: 0, max: 20 }),
    serviceMs: fc.integer({ min: 1, max: 30 }),
    seats: fc.integer({ min: 1, max: 4 }),
    final: fc.record({
      finalSeats: fc.integer({ min: 0, max: 6 }),
      additionalLatencyMs: fc.integer({ min: 0, max: 10 }),
    }),
  });
  const flows = fc
    .array(aFlow, { minLength: 1, maxLength: 6 })
    .map((list) => list.map((flow, index): FlowOfClients => ({ ...flow, name: `f${String(index)}` })));

  test("never gives more seats than there are, save to one request that is wider than all", () => {
    fc.assert(
      fc.property(flows, fc.integer({ min: 1, max: 8 }), (list, limit) => {
        const set = new QueueSet<FlowOfClients>(QUEUES, limit, 0);
        const check = (): void => {
          const isAlone = set.executing <= 1;
          if (set.seatsInUse > limit && !isAlone) throw new Error(`${String(set.seatsInUse)} seats in use`);
        };
        simulateFlows(set, list, { durationMs: 300, check });
      }),
    );
  });

  test("leaves no seat free while somebody waits for one", () => {
    const ofOneSeat = flows.map((list) =>
      list.map((flow) => ({ ...flow, seats: 1, final: { finalSeats: 0, additionalLatencyMs: 0 } })),
    );
    fc.assert(
      fc.property(ofOneSeat, fc.integer({ min: 1, max: 8 }), (list, limit) => {
        const set = new QueueSet<FlowOfClients>(QUEUES, limit, 0);
        const check = (): void => {
          if (set.waiting > 0 && set.seatsInUse < limit) throw new Error("A seat is free");
        };
        simulateFlows(set, list, { durationMs: 300, check });
      }),
    );
  });

  test("serves everybody who has been let in", () => {
    fc.assert(
      fc.property(flows, fc.integer({ min: 1, max: 8 }), (list, limit) => {
        const set = new QueueSet<FlowOfClients>({ ...QUEUES, queueLengthLimit: 200 }, limit, 0);
        const figures = simulateFlows(set, list, { durationMs: 4000 });
        for (const [name, { answered }] of figures) expect(answered, name).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  test("gives two flows that want all the same share of the seats, however many clients and seats each takes", () => {
    const [first, other] = flowsInDifferentQueues(64, 6);
    const service = fc.record({
      clients: fc.integer({ min: 20, max: 60 }),
      serviceMs: fc.integer({ min: 1, max: 20 }),
      seats: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(service, service, (a, b) => {
        const set = new QueueSet<FlowOfClients>(
          { type: "queue", queues: 64, handSize: 6, queueLengthLimit: 50 },
          6,
          0,
        );
        const list = [
          { ...a, name: first, thinkMs: 0 },
          { ...b, name: other, thinkMs: 0 },
        ];
        const figures = simulateFlows(set, list, { durationMs: 6000 });
        const [mine = 0, theirs = 0] = [first, other].map((name) => figures.get(name)?.seatMs);
        expect(Math.min(mine, theirs) / Math.max(mine, theirs)).toBeGreaterThan(0.8);
      }),
      { numRuns: 20 },
    );
  });

  test("lets nobody wait long who asks for little, also where time is short and not seats", () => {
    const [busy, quiet] = flowsInDifferentQueues(64, 6);
    const flood = fc.record({
      clients: fc.integer({ min: 50, max: 300 }),
      thinkMs: fc.integer({ min: 0, max: 20 }),
      serviceMs: fc.integer({ min: 1, max: 20 }),
      seats: fc.integer({ min: 1, max: 10 }),
    });
    fc.assert(
      fc.property(flood, fc.integer({ min: 10, max: 1000 }), (flow, limit) => {
        const queuing: Queuing = { type: "queue", queues: 64, handSize: 6, queueLengthLimit: 50 };
        const set = new QueueSet<FlowOfClients>(queuing, limit, 0);
        const flows = [
          { ...flow, name: busy },
          { name: quiet, clients: 1, thinkMs: 10, serviceMs: 1 },
        ];
        const { longestWaitMs = 0 } =
          simulateFlows(set, flows, { durationMs: 2000, startsPerMs: 1 }).get(quiet) ?? {};
        // One request of each queue of the other may come before, and in each seat one may have begun.
        expect(longestWaitMs).toBeLessThan(50);
      }),
      { numRuns: 30 },
    );
  });
});
