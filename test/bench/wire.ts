import { join } from "node:path";
import { ApiProcess } from "./load/api-process.ts";
import { ask, openSessions, type Target } from "./load/http2-client.ts";
import { measureLoad } from "./load/measured-load.ts";
import { forgetPeak, usageOf } from "./load/process-usage.ts";
import { output } from "./load/test-host.ts";
import type { WatchLoadFigures, WatchLoadOptions } from "./load/watch-load.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const CALLERS = 50;
const PODS_EACH = 200;
const PREFIX = "pod";
const PODS = "/api/v1/namespaces/default/pods";
const LISTS = 40;
const WARM_UP_LISTS = 10;
const WATCHERS = 1000;
const CHANGERS = 10;
const CHANGES_EACH = 40;
const WATCH_LOAD = [process.execPath, join(import.meta.dir, "load/watch-load.ts")];

const JSON_TYPE = "application/json";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

interface Format {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly target?: Measurement["target"];
}

/** Tables come last: objects that are decoded for them stay. */
const FORMATS: readonly Format[] = [
  { name: "JSON", headers: { accept: JSON_TYPE }, target: { atMost: 60 } },
  { name: "JSON and gzip", headers: { accept: JSON_TYPE, "accept-encoding": "gzip" } },
  { name: "protobuf", headers: { accept: PROTOBUF } },
  { name: "CBOR", headers: { accept: "application/cbor" } },
  {
    name: "metadata in JSON",
    headers: { accept: `${JSON_TYPE};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io` },
  },
  {
    name: "metadata in protobuf",
    headers: { accept: `${PROTOBUF};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io` },
  },
  { name: "tables", headers: { accept: `${JSON_TYPE};as=Table;v=v1;g=meta.k8s.io` } },
];

/** What do lists and watches of 10,000 pods cost in each format? */
export async function run(): Promise<BenchResult> {
  await using server = new ApiProcess();
  const target = await server.access();
  const { pid } = server;
  await fill({ pid, target });
  const measurements: Measurement[] = [];
  for (const accept of [JSON_TYPE, PROTOBUF])
    measurements.push(...(await measureWatches({ pid, target }, accept)));
  for (const format of FORMATS) measurements.push(...(await measureLists({ pid, target }, format)));
  return {
    name: "wire",
    measurements,
    notes: [
      "An API server without controllers, over HTTPS and HTTP/2; CPU is that of all its threads. A pod has 2 kB.",
      "Memory: the most that the process took while it answered one list after the other, above what it had before.",
    ],
  };
}

interface Running {
  readonly pid: number;
  readonly target: Target;
}

async function fill({ pid, target }: Running): Promise<void> {
  const [session] = await openSessions(target, 1);
  if (session === undefined) throw new RangeError("A load needs a connection");
  // Nobody else makes the account that pods use.
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  await ask(session, {
    headers: {
      ":method": "POST",
      ":path": "/api/v1/namespaces/default/serviceaccounts",
      "content-type": JSON_TYPE,
    },
    body: Buffer.from(JSON.stringify(account)),
    expected: 201,
  });
  session.destroy();
  await measureLoad({
    name: "filling",
    target: { ...target, shape: { type: "createPod", prefix: PREFIX } },
    callers: CALLERS,
    durationMs: Number.MAX_SAFE_INTEGER,
    requestsEach: PODS_EACH,
    pid,
  });
}

async function measureLists(
  { pid, target }: Running,
  { name, headers, target: bound }: Format,
): Promise<readonly Measurement[]> {
  const lists = (requestsEach: number) =>
    measureLoad({
      name,
      target: { ...target, shape: { type: "get", paths: [PODS], headers } },
      callers: 1,
      durationMs: Number.MAX_SAFE_INTEGER,
      requestsEach,
      pid,
    });
  await forgetPeak(pid);
  const before = await usageOf(pid);
  await lists(WARM_UP_LISTS);
  const figures = await lists(LISTS);
  const { peakRssBytes } = await usageOf(pid);
  const figure = (end: string): number =>
    figures.find((each) => each.name.endsWith(end))?.value ?? Number.NaN;
  return [
    {
      name: `list as ${name}, CPU of the server`,
      value: figure("CPU of the server") / 1000,
      unit: "ms",
      ...(bound && { target: bound }),
    },
    { name: `list as ${name}, p50`, value: figure("p50"), unit: "ms" },
    { name: `list as ${name}, memory`, value: (peakRssBytes - before.rssBytes) / 1e6, unit: "MB" },
  ];
}

async function measureWatches({ pid, target }: Running, accept: string): Promise<readonly Measurement[]> {
  const options: WatchLoadOptions = {
    ...target,
    accept,
    watchers: WATCHERS,
    connections: WATCHERS / 10,
    path: PODS,
    prefix: PREFIX,
    callers: CHANGERS,
    changesEach: CHANGES_EACH,
  };
  const before = await usageOf(pid);
  const { eventsPerSecond } = JSON.parse(
    await output(WATCH_LOAD, { stdin: JSON.stringify(options) }),
  ) as WatchLoadFigures;
  const after = await usageOf(pid);
  const cpuMs = (after.cpuSeconds - before.cpuSeconds) * 1000;
  const name = `events to ${String(WATCHERS)} watches as ${accept === PROTOBUF ? "protobuf" : "JSON"}`;
  return [
    { name, value: eventsPerSecond, unit: "/s" },
    { name: `${name}, CPU of the server`, value: cpuMs / (CHANGERS * CHANGES_EACH), unit: "ms a change" },
  ];
}

if (import.meta.main) printResult(await run());
