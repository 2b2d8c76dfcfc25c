import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Container, Probe } from "#api/generated/core-v1.ts";
import { aNode, type TestNode } from "./test-node.ts";

let node: TestNode;
/** What the program `check` returns. */
let answer = 0;
beforeEach(async () => {
  answer = 0;
  node = await aNode({
    programs: {
      check: (process) => {
        if (answer !== 0) process.printError("not well");
        return answer;
      },
      sleep: async ({ clock, killed }) => {
        await clock.sleep(60_000, killed);
        return 0;
      },
    },
  });
});
afterEach(() => node[Symbol.asyncDispose]());

const check: Probe = { exec: { command: ["check"] }, periodSeconds: 1 };

const createPod = (container: Partial<Container>): Promise<unknown> =>
  node.createPod("web", {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: "app", image: "app:1", ...container }],
  });

const isReady = (ready: boolean): Promise<unknown> =>
  node.statusOf("web", (status) => expect(status.containerStatuses?.[0]?.ready).toBe(ready));

describe("a readiness probe", () => {
  test("makes a pod ready and unready, and restarts nothing", async () => {
    answer = 1;
    await createPod({ readinessProbe: { ...check, failureThreshold: 3 } });
    await node.advance(10_000);
    const before = (await node.pod("web")).status;
    expect(before).toMatchObject({
      phase: "Running",
      containerStatuses: [{ ready: false, started: true, restartCount: 0 }],
    });
    expect(before?.conditions).toContainEqual(
      expect.objectContaining({
        type: "Ready",
        status: "False",
        reason: "ContainersNotReady",
        message: "containers with unready status: [app]",
      }),
    );
    expect(await node.eventsOf("web")).toContain("Unhealthy: Readiness probe failed: not well");
    answer = 0;
    await isReady(true);
    answer = 1;
    await isReady(false);
    expect((await node.pod("web")).status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  test("waits for its initial delay and its success threshold", async () => {
    await createPod({ readinessProbe: { ...check, initialDelaySeconds: 20, successThreshold: 3 } });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    const start = node.cluster.clock.now();
    await isReady(true);
    const seconds = (node.cluster.clock.now() - start) / 1000;
    expect(seconds).toBeWithin(22, 24);
  });
});

describe("a liveness probe", () => {
  test("restarts a container that has failed it often enough", async () => {
    await createPod({ livenessProbe: { ...check, failureThreshold: 2 } });
    await isReady(true);
    await node.advance(10_000);
    answer = 1;
    await node.eventually(async () => {
      expect(await node.eventsOf("web")).toContain(
        "Killing: Container app failed liveness probe, will be restarted",
      );
    });
    answer = 0;
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ ready: true, restartCount: 1 });
    });
    expect(await node.eventsOf("web")).toContain("Unhealthy: Liveness probe failed: not well");
    expect(node.runtime.calls).toContain("stopContainer web/app 5s");
  });

  test("may ask for a grace of its own", async () => {
    answer = 1;
    await createPod({ livenessProbe: { ...check, failureThreshold: 1, terminationGracePeriodSeconds: 3 } });
    await node.eventually(() => expect(node.runtime.calls).toContain("stopContainer web/app 3s"));
  });

  test("that takes too long has failed", async () => {
    await createPod({
      livenessProbe: {
        exec: { command: ["sleep"] },
        periodSeconds: 1,
        timeoutSeconds: 2,
        failureThreshold: 1,
      },
    });
    await node.eventually(async () => {
      expect(await node.eventsOf("web")).toContain(
        'Unhealthy: Liveness probe failed: command timed out: "sleep" timed out after 2s',
      );
    });
  });

  test("that is under way does not hold up the end of the kubelet", async () => {
    await createPod({
      livenessProbe: { exec: { command: ["sleep"] }, periodSeconds: 1, timeoutSeconds: 50 },
    });
    await node.statusOf("web", ({ phase }) => expect(phase).toBe("Running"));
    await node.advance(5000);
    await node.stopKubelet();
    expect(await node.eventsOf("web")).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^Unhealthy/)]),
    );
  });

  test("of a pod that is never restarted ends it", async () => {
    answer = 1;
    await node.createPod("once", {
      restartPolicy: "Never",
      containers: [{ name: "app", image: "app:1", livenessProbe: { ...check, failureThreshold: 1 } }],
    });
    await node.statusOf("once", ({ phase }) => expect(phase).toBe("Succeeded"));
    expect(await node.eventsOf("once")).toContain("Killing: Stopping container app");
  });
});

describe("a startup probe", () => {
  test("holds the others up until it succeeds", async () => {
    answer = 1;
    await createPod({
      startupProbe: { ...check, failureThreshold: 100 },
      livenessProbe: { ...check, failureThreshold: 1 },
      readinessProbe: check,
    });
    await node.advance(30_000);
    expect((await node.pod("web")).status?.containerStatuses).toMatchObject([
      { started: false, ready: false, restartCount: 0 },
    ]);
    expect(await node.eventsOf("web")).toContain("Unhealthy: Startup probe failed: not well");
    answer = 0;
    await node.statusOf("web", ({ containerStatuses = [] }) => {
      expect(containerStatuses[0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
    });
  });

  test("restarts a container that does not start", async () => {
    answer = 1;
    await createPod({ startupProbe: { ...check, failureThreshold: 5 } });
    await node.eventually(async () => {
      expect(await node.eventsOf("web")).toContain(
        "Killing: Container app failed startup probe, will be restarted",
      );
    });
  });
});

describe("a probe over the network", () => {
  let server: Server;
  let port = 0;
  let requests: (string | undefined)[] = [];
  beforeAll(async () => {
    server = createServer(({ url, headers }, response) => {
      requests.push(headers["user-agent"]);
      response.statusCode = url === "/ok" ? 200 : 503;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => {
    requests = [];
  });
  afterAll(() => void server.close());

  interface Case {
    readonly name: string;
    readonly probe: (port: number) => Probe;
    /** The event; nothing when the probe succeeds. */
    readonly event?: string;
  }
  const host = "127.0.0.1";
  const cases: readonly Case[] = [
    { name: "HTTP 200", probe: (at) => ({ httpGet: { host, port: at, path: "/ok" } }) },
    { name: "HTTP at a port by its name", probe: () => ({ httpGet: { host, port: "web", path: "/ok" } }) },
    {
      name: "HTTP 503",
      probe: (at) => ({ httpGet: { host, port: at, path: "/bad" } }),
      event: "Readiness probe failed: HTTP probe failed with statuscode: 503",
    },
    { name: "TCP", probe: (at) => ({ tcpSocket: { host, port: at } }) },
    {
      name: "TCP, nobody listens",
      probe: () => ({ tcpSocket: { host, port: 1 } }),
      event: "Readiness probe failed: dial tcp 127.0.0.1:1: connect: connection refused",
    },
    {
      name: "HTTP, nobody listens",
      probe: () => ({ httpGet: { host, port: 1, path: "/" } }),
      event:
        'Readiness probe failed: Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    },
  ];

  test.each(cases)("$name", async ({ probe, event }) => {
    await createPod({
      ports: [{ name: "web", containerPort: port }],
      readinessProbe: { periodSeconds: 1, ...probe(port) },
    });
    if (event === undefined) {
      await isReady(true);
      for (const agent of requests) expect(agent).toBe("kube-probe/1.36");
      return;
    }
    await node.eventually(async () => expect(await node.eventsOf("web")).toContain(`Unhealthy: ${event}`));
    await isReady(false);
  });
});

test("a kubelet that was restarted takes containers for as ready as they were until it has probed them", async () => {
  await createPod({ readinessProbe: { ...check, periodSeconds: 60, initialDelaySeconds: 1 } });
  await isReady(true);
  const before = (await node.pod("web")).status?.conditions;
  await node.stopKubelet();
  await node.startKubelet();
  await node.advance(20_000);
  expect((await node.pod("web")).status?.conditions).toEqual(before);
});
