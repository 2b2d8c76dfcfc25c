import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import { startServer, type TestServer } from "../integration/apiserver/server.ts";
import { measurementsOf, runLoad } from "./load/closed-loop.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { aWebPod, runningStatus } from "./workload.ts";

const CALLERS = [1, 64];
const LOAD_MS = 4000;
const PODS = 10_000;
const CHANGES = 2000;

/** How fast is everything between an authenticated request and the store? */
export async function run(): Promise<BenchResult> {
  return {
    name: "api-core",
    measurements: [
      ...(await withServer(measureWrites)),
      ...(await withServer(measureReads)),
      ...(await withServer(measureWatches)),
    ],
    notes: [
      "One process without HTTP, over SQLite on this disk. Pods go through admission, defaults and validation, with the owners of their fields tracked.",
      "Reads make the bytes of their answers. Watchers do so too, from events that they share.",
    ],
  };
}

async function withServer(
  measure: (server: TestServer) => Promise<readonly Measurement[]>,
): Promise<readonly Measurement[]> {
  const directory = await mkdtemp(join(tmpdir(), "kubelith-bench-api-"));
  try {
    await using server = await startServer({ store: await openSqliteStore({ directory }) });
    await server.client.create("ServiceAccount", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: "default" },
    });
    return await measure(server);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureWrites(server: TestServer): Promise<readonly Measurement[]> {
  const { client } = server;
  const measurements: Measurement[] = [];
  let created = 0;
  for (const callers of CALLERS) {
    const creates = await runLoad({
      callers,
      durationMs: LOAD_MS,
      request: () => client.create("Pod", aWebPod(`pod-${String((created += 1))}`)),
    });
    measurements.push(...measurementsOf(`pods created, ${String(callers)} callers`, creates));
  }
  for (const callers of CALLERS) {
    const updates = await runLoad({
      callers,
      durationMs: LOAD_MS,
      request: (caller, step) =>
        client.patch(
          "Pod",
          { namespace: "default", name: `pod-${String(caller + 1)}` },
          { type: "strategic", document: runningStatus(step), subresource: "status" },
        ),
    });
    measurements.push(...measurementsOf(`pod status patches, ${String(callers)} callers`, updates));
  }
  return measurements;
}

async function measureReads(server: TestServer): Promise<readonly Measurement[]> {
  await fill(server, PODS);
  const listing = { kind: "Pod", namespace: "default" } as const;
  const list = async (options: object): Promise<void> => {
    for (const _ of (await server.sendForList(listing, { verb: "list", options })).pieces());
  };
  const time = async (request: () => Promise<void>): Promise<number> => {
    const figures = await runLoad({ callers: 1, durationMs: 1500, request });
    return figures.p50Ms;
  };
  const get = await runLoad({
    callers: 1,
    durationMs: 1500,
    request: async (_caller, step) => {
      const name = `pod-${String(step % PODS)}`;
      (await server.sendForObject({ ...listing, name }, { verb: "get" })).bytes();
    },
  });
  const count = PODS.toLocaleString("en-US");
  return [
    { name: "get", value: get.perSecond, unit: "/s" },
    { name: `list of ${count} pods`, value: await time(() => list({})), unit: "ms", target: { atMost: 50 } },
    { name: `page of 500 of ${count}`, value: await time(() => list({ limit: 500 })), unit: "ms" },
    {
      name: `pods of one node of ${count}, by field selector`,
      value: await time(() => list({ fieldSelector: "spec.nodeName=node-7" })),
      unit: "ms",
    },
  ];
}

async function measureWatches(server: TestServer): Promise<readonly Measurement[]> {
  await fill(server, 100);
  const measurements: Measurement[] = [];
  for (const watchers of [1, 100, 1000]) {
    measurements.push({
      name: `events to ${String(watchers)} watchers`,
      value: await measureFanOut(server, watchers),
      unit: "/s",
    });
  }
  return measurements;
}

async function measureFanOut(server: TestServer, watchers: number): Promise<number> {
  const stop = new AbortController();
  const resourceVersion = String(server.store.revision);
  let delivered = 0;
  const reading = Array.from({ length: watchers }, async () => {
    const response = await server.send(
      { kind: "Pod" },
      { verb: "watch", options: { resourceVersion } },
      { signal: stop.signal },
    );
    if (response.type !== "watch") throw new TypeError("Expected a watch");
    let seen = 0;
    for await (const batch of response.events) {
      for (const event of batch) event.bytes();
      seen += batch.length;
      delivered += batch.length;
      if (seen >= CHANGES) break;
    }
  });
  const start = performance.now();
  let changed = 0;
  await Promise.all(
    Array.from({ length: 64 }, async (_, caller) => {
      while (changed < CHANGES) {
        changed += 1;
        await server.client.patch(
          "Pod",
          { namespace: "default", name: `pod-${String(caller)}` },
          {
            type: "merge",
            document: { metadata: { annotations: { step: `${String(changed)}-${resourceVersion}` } } },
          },
        );
      }
    }),
  );
  await Promise.all(reading);
  stop.abort();
  return delivered / ((performance.now() - start) / 1000);
}

async function fill({ client }: TestServer, pods: number): Promise<void> {
  for (let start = 0; start < pods; start += 500) {
    const indexes = Array.from({ length: Math.min(500, pods - start) }, (_, offset) => start + offset);
    await Promise.all(
      indexes.map((index) =>
        client.create("Pod", aWebPod(`pod-${String(index)}`, `node-${String(index % 100)}`)),
      ),
    );
  }
}

if (import.meta.main) printResult(await run());
