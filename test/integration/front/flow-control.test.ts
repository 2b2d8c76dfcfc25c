import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { FlowSchema, PriorityLevelConfiguration } from "#api/generated/flowcontrol-v1.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { RequestPipeline } from "#apiserver/pipeline.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "../until.ts";
import { endlessWatches } from "./endless-watches.ts";
import type { HttpAnswer, HttpClient, Protocol } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const FLOW_CONTROL = "/apis/flowcontrol.apiserver.k8s.io/v1";
const DEBUG = "/debug/api_priority_and_fairness";
const SLOW = "/api/v1/namespaces/slow/configmaps";
const TOO_MANY = "Too many requests, please try again later.\n";
const JSON_BODY = { "content-type": "application/json" };

/** Requests in the namespace "slow" go on when the test lets them. */
class Gate {
  readonly running: (() => void)[] = [];

  readonly intercept = (pipeline: RequestPipeline): RequestPipeline => ({
    handle: async (context, request) => {
      if (request.target.namespace === "slow") {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.running.push(resolve);
        await promise;
      }
      return await pipeline.handle(context, request);
    },
  });
}

/** Who asks for configmaps, of which everybody may read some. */
const as = (name: string) => ({ "impersonate-user": name });

async function create(client: HttpClient, path: string, object: object): Promise<void> {
  const body = JSON.stringify(object);
  const { status, text } = await client.send({ method: "POST", path, headers: JSON_BODY, body });
  expect([status, text]).toEqual([201, expect.any(String)]);
}

/** A level of its own for alice, of three seats. */
async function createLevel(client: HttpClient, limitResponse: object): Promise<void> {
  await create(client, `${FLOW_CONTROL}/prioritylevelconfigurations`, {
    metadata: { name: "tiny" },
    spec: {
      type: "Limited",
      limited: { nominalConcurrencyShares: 1, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse },
    },
  });
  await create(client, `${FLOW_CONTROL}/flowschemas`, {
    metadata: { name: "alice" },
    spec: {
      priorityLevelConfiguration: { name: "tiny" },
      matchingPrecedence: 2,
      distinguisherMethod: { type: "ByUser" },
      rules: [
        {
          subjects: [{ kind: "User", user: { name: "alice" } }],
          resourceRules: [
            { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"], clusterScope: true },
          ],
        },
      ],
    },
  });
}

const QUEUE = { type: "Queue", queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } };

async function metric(client: HttpClient, pattern: RegExp): Promise<number> {
  const { text } = await client.send({ path: "/metrics" });
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

describe("the flow control of a new cluster", () => {
  let server: TestServer;
  let client: HttpClient;
  beforeAll(async () => {
    server = await startTestServer();
    client = server.connect();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("has what Kubernetes suggests, and says that nothing dangles", async () => {
    const levels = await server.client.list("PriorityLevelConfiguration");
    expect(levels.items.map(({ metadata }) => metadata.name)).toEqual([
      "catch-all",
      "exempt",
      "global-default",
      "leader-election",
      "node-high",
      "system",
      "workload-high",
      "workload-low",
    ]);
    const schemas = (): Promise<readonly FlowSchema[]> =>
      server.client.list("FlowSchema").then(({ items }) => items);
    await until(async () => (await schemas()).every(({ status }) => status?.conditions?.length === 1));
    const told = (await schemas()).map(({ metadata, spec, status }) => {
      const [{ type = "", status: value = "" } = {}] = status?.conditions ?? [];
      return `${metadata.name} ${String(spec.matchingPrecedence)} ${type}=${value}`;
    });
    expect(told).toEqual([
      "catch-all 10000 Dangling=False",
      "exempt 1 Dangling=False",
      "global-default 9900 Dangling=False",
      "kube-controller-manager 800 Dangling=False",
      "kube-scheduler 800 Dangling=False",
      "kube-system-service-accounts 900 Dangling=False",
      "probes 2 Dangling=False",
      "service-accounts 9000 Dangling=False",
      "system-leader-election 100 Dangling=False",
      "system-node-high 400 Dangling=False",
      "system-nodes 500 Dangling=False",
    ]);
  });

  test("names the schema and the level of every answer by their uids", async () => {
    const uidsOf = async (schema: string, level: string) => ({
      "x-kubernetes-pf-flowschema-uid": (await server.client.get("FlowSchema", { name: schema })).metadata
        .uid,
      "x-kubernetes-pf-prioritylevel-uid": (
        await server.client.get("PriorityLevelConfiguration", { name: level })
      ).metadata.uid,
    });
    const admin = await client.send({ path: "/api/v1/pods" });
    expect(admin.headers).toMatchObject(await uidsOf("exempt", "exempt"));
    const forbidden = await client.send({ path: "/api/v1/pods", headers: as("alice") });
    expect(forbidden.status).toBe(403);
    expect(forbidden.headers).toMatchObject(await uidsOf("global-default", "global-default"));
    const probe = await server.connect({ credential: undefined }).send({ path: "/readyz" });
    expect(probe.headers).toMatchObject(await uidsOf("probes", "exempt"));
  });

  test("tells in a status when a priority level is missing, and when it has come", async () => {
    const conditionOf = async (): Promise<string> => {
      const { status } = await server.client.get("FlowSchema", { name: "lost" });
      return status?.conditions?.map(({ reason, message }) => `${reason ?? ""}: ${message ?? ""}`)[0] ?? "";
    };
    await create(client, `${FLOW_CONTROL}/flowschemas`, {
      metadata: { name: "lost" },
      spec: { priorityLevelConfiguration: { name: "nowhere" }, matchingPrecedence: 3 },
    });
    const intro = 'This FlowSchema references the PriorityLevelConfiguration object named "nowhere"';
    await until(async () => (await conditionOf()) === `NotFound: ${intro} but there is no such object`);
    await create(client, `${FLOW_CONTROL}/prioritylevelconfigurations`, {
      metadata: { name: "nowhere" },
      spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } },
    });
    await until(async () => (await conditionOf()) === `Found: ${intro} and it exists`);
  });

  test("shows what it does to those who may see it", async () => {
    const dump = async (name: string): Promise<HttpAnswer> => await client.send({ path: `${DEBUG}/${name}` });
    const levels = await dump("dump_priority_levels");
    expect(levels.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(levels.text).toMatch(
      /^PriorityLevelName, ActiveQueues, IsIdle, +IsQuiescing, WaitingRequests, ExecutingRequests,/,
    );
    expect(levels.text).toMatch(/\nexempt, {12}0, {12}false, +false, +0, +1, +\d+, +0, +0, +0\n/);
    expect((await dump("dump_queues")).text).toMatch(
      /\nglobal-default, +127, +0, +0, +0, +0\.00000000ss, +0, +0, +0\.00000000ss\n/,
    );
    const requests = await dump("dump_requests?includeRequestDetails=1");
    expect(requests.text).toMatch(
      /\nexempt, +exempt, +-1, +-1, +, +20\S+Z, +1, +0, +0s, +20\S+Z, +system:admin, +get, +\/debug\/api_priority_and_fairness\/dump_requests, +, /,
    );
    const stranger = await client.send({ path: `${DEBUG}/dump_queues`, headers: as("alice") });
    expect([stranger.status, stranger.json<Status>().message]).toEqual([
      403,
      'forbidden: User "alice" cannot get path "/debug/api_priority_and_fairness/dump_queues"',
    ]);
  });
});

describe("a priority level that is full", () => {
  test.each(["Reject", "Queue"])("turns away what it cannot seat: %s", async (type) => {
    const gate = new Gate();
    await using server = await startTestServer({ intercept: gate.intercept });
    const client = server.connect();
    await createLevel(client, type === "Queue" ? QUEUE : { type });
    const ask = (user: string) => client.send({ path: SLOW, headers: as(user) });
    const seated = Array.from({ length: 3 }, () => ask("alice"));
    await until(() => gate.running.length === 3);
    const waiting = type === "Queue" ? [ask("alice")] : [];
    const waits = /current_inqueue_requests{priority_level="tiny",flow_schema="alice"} (\d+)/;
    if (type === "Queue") await until(async () => (await metric(client, waits)) === 1);
    const refused = await ask("alice");
    expect([refused.status, refused.text, refused.headers["retry-after"]]).toEqual([429, TOO_MANY, "1"]);
    expect(refused.headers).toMatchObject({
      "content-type": "text/plain; charset=utf-8",
      "x-content-type-options": "nosniff",
      "x-kubernetes-pf-flowschema-uid": expect.stringMatching(/^[-0-9a-f]{36}$/),
    });
    const others = ask("bob");
    await until(() => gate.running.length === 4);
    for (let next = gate.running.shift(); next !== undefined; next = gate.running.shift()) next();
    if (type === "Queue") await until(() => gate.running.length === 1);
    gate.running.shift()?.();
    for (const { status } of await Promise.all([...seated, ...waiting, others])) expect(status).toBe(403);
    const reason = type === "Queue" ? "queue-full" : "concurrency-limit";
    const refusals = new RegExp(
      `rejected_requests_total{priority_level="tiny",flow_schema="alice",reason="${reason}"} (\\d+)`,
    );
    expect(await metric(client, refusals)).toBe(1);
  });

  test("lets a request wait a fourth of its time, and forgets one whose client has gone", async () => {
    const gate = new Gate();
    const clock = new FakeClock(Date.now());
    await using server = await startTestServer({ intercept: gate.intercept, clock });
    const client = server.connect();
    await createLevel(client, QUEUE);
    const ask = (query = "") => client.send({ path: `${SLOW}${query}`, headers: as("alice") });
    const seated = Array.from({ length: 3 }, () => ask());
    await until(() => gate.running.length === 3);
    const waiting = ask("?timeout=40s");
    const count = /current_inqueue_requests{priority_level="tiny",flow_schema="alice"} (\d+)/;
    await until(async () => (await metric(client, count)) === 1);
    await clock.advance(9000);
    expect(await metric(client, count)).toBe(1);
    await clock.advance(2000);
    expect((await waiting).status).toBe(429);
    const gone = await server.connect();
    const lost = gone.send({ path: SLOW, headers: as("alice") }).catch(() => "lost");
    await until(async () => (await metric(client, count)) === 1);
    await gone[Symbol.asyncDispose]();
    expect(await lost).toBe("lost");
    await until(async () => (await metric(client, count)) === 0);
    for (const next of gate.running) next();
    for (const { status } of await Promise.all(seated)) expect(status).toBe(403);
  });

  test("has room again for a watch that has told what is there", async () => {
    await using server = await startTestServer();
    const client = server.connect();
    await createLevel(client, { type: "Reject" });
    await server.client.create("ClusterRoleBinding", {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "alice" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
    });
    for (const query of ["", "&resourceVersion=0", "&labelSelector=a%3Db"]) {
      for (let count = 0; count < 5; count += 1) {
        const path = `/api/v1/namespaces/default/configmaps?watch=1${query}`;
        const { status } = await client.open({ path, headers: as("alice") });
        expect(status, query).toBe(200);
        const seats = /current_executing_seats{priority_level="tiny",flow_schema="alice"} (\d+)/;
        await until(async () => (await metric(client, seats)) === 0);
      }
    }
  });
});

test.each(["h2", "http/1.1"] satisfies Protocol[])(
  "a client over %s that reads nothing of what is there gives its seat to others, and is cut off in the end",
  async (protocol) => {
    const clock = new FakeClock(Date.now());
    const made = { bytes: 0, isOver: false };
    const endless = endlessWatches(made, Number.POSITIVE_INFINITY);
    const intercept = (pipeline: RequestPipeline): RequestPipeline => ({
      handle: (context, request) =>
        (request.operation.verb === "watch" ? endless : pipeline).handle(context, request),
    });
    await using server = await startTestServer({ clock, intercept });
    const client = server.connect();
    await createLevel(client, { type: "Reject" });
    const headers = as("alice");
    const stuck = server.connect({ protocol });
    const { body } = await stuck.open({ path: "/api/v1/namespaces/default/configmaps?watch=1", headers });
    const seats = /current_executing_seats{priority_level="tiny",flow_schema="alice"} (\d+)/;
    expect(await metric(client, seats)).toBe(1);
    await clock.advance(7000);
    expect(await metric(client, seats)).toBe(0);
    expect(made.isOver).toBe(false);
    await clock.advance(60_000);
    await until(() => made.isOver);
    // What the kernel holds of a connection within one machine, and a piece.
    expect(made.bytes).toBeLessThan(16 * 1024 * 1024);
    await expect(Array.fromAsync(body)).rejects.toThrow();
  },
);

describe("without priority and fairness", () => {
  test("only so many requests are carried out at once, but for administrators'", async () => {
    const gate = new Gate();
    await using server = await startTestServer({
      intercept: gate.intercept,
      flowControl: {
        enablePriorityAndFairness: false,
        maxRequestsInflight: 2,
        maxMutatingRequestsInflight: 1,
      },
    });
    const client = server.connect();
    const read = (headers: Record<string, string>) => client.send({ path: SLOW, headers });
    const write = () =>
      client.send({
        method: "POST",
        path: SLOW,
        headers: { ...JSON_BODY, ...as("alice") },
        body: "{}",
      });
    const running = [read(as("alice")), read(as("bob")), write()];
    await until(() => gate.running.length === 3);
    for (const refused of [await read(as("carol")), await write()]) {
      expect([refused.status, refused.text, refused.headers["retry-after"]]).toEqual([429, TOO_MANY, "1"]);
      expect(refused.headers["x-kubernetes-pf-flowschema-uid"]).toBeUndefined();
    }
    running.push(read({}));
    await until(() => gate.running.length === 4);
    const path = "/api/v1/namespaces/default/configmaps?watch=1";
    expect((await client.open({ path, headers: as("alice") })).status).toBe(403);
    for (const next of gate.running) next();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([403, 403, 403, 200]);
    expect((await client.send({ path: `${DEBUG}/dump_queues` })).status).toBe(404);
  });
});

test("objects of flow control that nobody has taken over are put right", async () => {
  const clock = new FakeClock(Date.now());
  await using server = await startTestServer({ clock });
  const { client } = server;
  const levelOf = (name: string) => client.get("PriorityLevelConfiguration", { name });
  const change = async (name: string, shares: number, autoUpdate: string) => {
    const { metadata, spec, ...rest } = await levelOf(name);
    const limited = { ...spec.limited, nominalConcurrencyShares: shares };
    const annotations = { ...metadata.annotations, "apf.kubernetes.io/autoupdate-spec": autoUpdate };
    const next = { ...rest, metadata: { ...metadata, annotations }, spec: { ...spec, limited } };
    await client.update("PriorityLevelConfiguration", next as PriorityLevelConfiguration);
  };
  await change("system", 1, "true");
  await change("workload-low", 1, "false");
  await client.delete("FlowSchema", { name: "probes" });
  await client.create("FlowSchema", {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: "once-suggested", annotations: { "apf.kubernetes.io/autoupdate-spec": "true" } },
    spec: { priorityLevelConfiguration: { name: "system" }, matchingPrecedence: 77 },
  });
  await clock.advance(61_000);
  await until(async () => (await levelOf("system")).spec.limited?.nominalConcurrencyShares === 30);
  expect((await levelOf("workload-low")).spec.limited?.nominalConcurrencyShares).toBe(1);
  const names = (await client.list("FlowSchema")).items.map(({ metadata }) => metadata.name);
  expect([names.includes("probes"), names.includes("once-suggested")]).toEqual([true, false]);
});
