import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import type { FlowSchema, PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import { nextTurn } from "#base/next-turn.ts";
import { type Answer, textAnswer } from "#https/answer.ts";
import { Exchange } from "#https/exchange.ts";
import { Metrics } from "#observability/metrics.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { Deadlines } from "../front/deadlines.ts";
import { parseRequestInfo } from "../front/request-info.ts";
import { FLOW_SCHEMA_STOCK, PRIORITY_LEVEL_STOCK } from "./bootstrap/plan-maintenance.ts";
import type { FlowConfiguration } from "./flow-controller.ts";
import { PriorityAndFairness } from "./priority-and-fairness.ts";

const apiVersion = "flowcontrol.apiserver.k8s.io/v1";

/** What every cluster starts with. */
const stock: FlowConfiguration = {
  schemas: [...FLOW_SCHEMA_STOCK.mandatory, ...FLOW_SCHEMA_STOCK.suggested].map(
    ([name, spec]): FlowSchema => ({ apiVersion, kind: "FlowSchema", metadata: { name, uid: name }, spec }),
  ),
  levels: [...PRIORITY_LEVEL_STOCK.mandatory, ...PRIORITY_LEVEL_STOCK.suggested].map(
    ([name, spec]): PriorityLevelConfiguration => ({
      apiVersion,
      kind: "PriorityLevelConfiguration",
      metadata: { name, uid: name },
      spec,
    }),
  ),
};

interface Sender {
  readonly name: string;
  readonly groups?: readonly string[];
}

/** Goes on while a request is worked on. */
class BusyClock extends FakeClock {
  #spentMs = 0;

  override now(): number {
    return super.now() + this.#spentMs;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
  }
}

/** A server with a thousand objects of a kilobyte, whose requests are done when the turn of the event loop is. */
class Server {
  readonly clock = new BusyClock();
  /** Who has been served, in this order. */
  readonly order: string[] = [];
  readonly #workMs: number;
  readonly #fairness = new PriorityAndFairness(
    { seats: 600 },
    {
      configuration: () => stock,
      sizes: { of: () => ({ count: 1000, averageBytes: 1000 }) },
      deadlines: new Deadlines(this.clock),
      metrics: new Metrics(),
      clock: this.clock,
    },
  );

  constructor({ workMs = 0 }: { readonly workMs?: number } = {}) {
    this.#workMs = workMs;
  }

  async ask(request: string, { name, groups = [] }: Sender): Promise<Answer> {
    const [method = "", url = ""] = request.split(" ");
    const body = Readable.from([]);
    const exchange = new Exchange({ method, url, headers: {}, peer: { address: "" }, requestId: "", body });
    const info = parseRequestInfo(method, exchange.path, exchange.query);
    if (info === undefined) throw new TypeError("No possible path");
    const user = { name, groups: [...groups, "system:authenticated"] };
    const answer = await this.#fairness.limit({ exchange, info, user, maxWaitMs: 15_000 }, async () => {
      this.order.push(name);
      this.clock.spend(this.#workMs);
      await nextTurn();
      return textAnswer(200, "");
    });
    exchange.finish();
    return answer;
  }
}

const LIST = "GET /api/v1/configmaps";
const CREATE = "POST /api/v1/namespaces/default/configmaps";
const flooder: Sender = { name: "flooder" };
const quiet: Sender = { name: "quiet" };
const node: Sender = { name: "system:node:n1", groups: ["system:nodes"] };
const admin: Sender = { name: "admin", groups: ["system:masters"] };

describe("PriorityAndFairness", () => {
  test.each([LIST, CREATE])("keeps 500 clients who %s from holding up others", async (request) => {
    const server = new Server();
    const flood = Array.from({ length: 500 }, () => server.ask(request, flooder));
    const others = [
      server.ask("GET /api/v1/namespaces/default/configmaps/a", quiet),
      server.ask("PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1", node),
      server.ask("GET /readyz", { name: "prober" }),
      server.ask(LIST, admin),
    ];
    for (const { code } of await Promise.all(others)) expect(code).toBe(200);
    // One of each queue of the flooder may come first, where all take one seat.
    const before = server.order.indexOf("quiet");
    expect(before).toBeLessThan(20);
    for (const name of [node.name, "prober", "admin"]) {
      expect(server.order.indexOf(name), name).toBeLessThan(12);
    }
    const codes = (await Promise.all(flood)).map(({ code }) => code);
    const served = codes.filter((code) => code === 200).length;
    expect(served).toBeWithin(300, 500);
    expect(codes.filter((code) => code === 429)).toHaveLength(500 - served);
  });

  test("serves two users who want all in turn", async () => {
    const server = new Server();
    const asked = Array.from({ length: 100 }, () => [
      server.ask(LIST, { name: "alice" }),
      server.ask(LIST, { name: "bob" }),
    ]);
    await Promise.all(asked.flat());
    for (const name of ["alice", "bob"]) {
      const half = server.order.slice(0, 100).filter((each) => each === name).length;
      expect(half, `${name} in the first half`).toBeWithin(40, 61);
    }
  });

  test("starts one request a turn when each takes long", async () => {
    const server = new Server({ workMs: 100 });
    const answers = Array.from({ length: 50 }, () => server.ask(CREATE, flooder));
    const turns: number[] = [];
    while (server.order.length < answers.length) {
      const before = server.order.length;
      await nextTurn();
      turns.push(server.order.length - before);
    }
    expect(Math.max(...turns.slice(4))).toBe(1);
    for (const { code } of await Promise.all(answers)) expect(code).toBe(200);
  });
});
