import { join } from "node:path";
import type { Target } from "./load/http2-client.ts";
import { KubelithProcess } from "./load/kubelith-process.ts";
import { type MeasuredLoad, measureLoad } from "./load/measured-load.ts";
import { objectName } from "./load/request-shapes.ts";
import { TestHost } from "./load/test-host.ts";
import type { WatchLoadFigures, WatchLoadOptions } from "./load/watch-load.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const CALLERS = 50;
const PODS_EACH = 200;
const PREFIX = "pod";
const PODS = "/api/v1/namespaces/default/pods";
const LOAD_MS = 5000;
const WATCH_LOAD = [process.execPath, join(import.meta.dir, "load/watch-load.ts")];

interface Running {
  readonly host: TestHost;
  readonly server: KubelithProcess;
  readonly access: Target;
}

/** How fast are get, list and watch over HTTPS when there are 10,000 pods? */
export async function run(): Promise<BenchResult> {
  await using host = await TestHost.up({ name: "benreads", docker: false });
  await using server = new KubelithProcess(host);
  const running = { host, server, access: await server.access() };
  await fill(running);
  return {
    name: "reads",
    measurements: [...(await measureReads(running)), ...(await measureWatches(running))],
    notes: [
      "The compiled server, over HTTPS and HTTP/2; the clients are another process on the same cores. A pod has 2 kB.",
      "Watches: 50 clients, with 1,000 watches 10, change a pod each and go on when every watch has heard of it; one connection for 10 watches. Few watches hear of changes as fast as they are written.",
    ],
  };
}

async function fill(running: Running): Promise<void> {
  await load(running, {
    name: "filling",
    target: { ...running.access, shape: { type: "createPod", prefix: PREFIX } },
    callers: CALLERS,
    durationMs: Number.MAX_SAFE_INTEGER,
    requestsEach: PODS_EACH,
  });
}

async function measureReads(running: Running): Promise<readonly Measurement[]> {
  const names = Array.from({ length: CALLERS * PODS_EACH }, (_, index) =>
    objectName(PREFIX, index % CALLERS, Math.floor(index / CALLERS)),
  );
  const get = (name: string, paths: readonly string[], callers: number) =>
    load(running, {
      name,
      target: { ...running.access, shape: { type: "get", paths } },
      callers,
      durationMs: LOAD_MS,
    });
  const each = names.map((name) => `${PODS}/${name}`);
  return [
    ...(await get("gets", each, 1)),
    ...(await get("gets", each, 64)),
    ...(await get("lists of all 10,000", [PODS], 1)),
    ...(await get("pages of 500", [`${PODS}?limit=500`], 8)),
    ...(await get("lists by field selector", [`${PODS}?fieldSelector=spec.nodeName%3Dnode-7`], 1)),
  ];
}

async function measureWatches(running: Running): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  await watchAll(running, 10);
  for (const watchers of [1, 100, 1000]) {
    const value = await watchAll(running, watchers);
    measurements.push({ name: `events to ${String(watchers)} watches`, value, unit: "/s" });
  }
  return measurements;
}

async function watchAll({ host, access }: Running, watchers: number): Promise<number> {
  const options: WatchLoadOptions = {
    ...access,
    watchers,
    connections: Math.ceil(watchers / 10),
    path: PODS,
    prefix: PREFIX,
    callers: watchers > 100 ? 10 : CALLERS,
    changesEach: 40,
  };
  const answer = await host.output(WATCH_LOAD, { stdin: JSON.stringify(options) });
  const { eventsPerSecond } = JSON.parse(answer) as WatchLoadFigures;
  return eventsPerSecond;
}

function load({ host, server }: Running, options: Omit<MeasuredLoad, "pid" | "inside">) {
  return measureLoad({ ...options, pid: server.pid, inside: (command) => host.inside(command) });
}

if (import.meta.main) printResult(await run());
