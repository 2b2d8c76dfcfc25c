import { join } from "node:path";
import { ApiProcess } from "./load/api-process.ts";
import { ask, openSessions, type Target } from "./load/http2-client.ts";
import { measureLoad, measureMedians } from "./load/measured-load.ts";
import { forgetPeak, usageOf } from "./load/process-usage.ts";
import { objectName, type RequestShape } from "./load/request-shapes.ts";
import { output } from "./load/test-host.ts";
import type { WatchLoadFigures, WatchLoadOptions } from "./load/watch-load.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const CALLERS = 50;
const PODS_EACH = 200;
const PREFIX = "pod";
const PODS = "/api/v1/namespaces/default/pods";
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const GETS = 2000;
const LISTS = 8;
const WARM_UP_LISTS = 10;
const ROUNDS = 5;
const WATCHERS = 1000;
const CONNECTIONS = WATCHERS / 10;
const CHANGERS = 10;
/** So that a thousand watches hear of a thousand changes. */
const CHANGES_EACH = 100;
const WARM_UP_CHANGES_EACH = 20;
const WATCHES_CPU = { atMost: 5 };
const WATCH_LOAD = [process.execPath, join(import.meta.dir, "load/watch-load.ts")];

const JSON_TYPE = "application/json";
const PROTOBUF = "application/vnd.kubernetes.protobuf";

interface Format {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly target?: Measurement["target"];
}

interface Watched {
  readonly name: string;
  readonly path: string;
  readonly prefix: string;
  readonly accept: string;
}

const WATCHED: readonly Watched[] = [
  { name: "small ConfigMaps as JSON", path: CONFIG_MAPS, prefix: "config", accept: JSON_TYPE },
  { name: "pods as JSON", path: PODS, prefix: PREFIX, accept: JSON_TYPE },
  { name: "pods as protobuf", path: PODS, prefix: PREFIX, accept: PROTOBUF },
];

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

/** What do gets, lists and watches cost in each format when there are 10,000 pods? */
export async function run(): Promise<BenchResult> {
  await using server = new ApiProcess();
  const target = await server.access();
  const { pid } = server;
  await fill({ pid, target });
  const measurements = [...(await measureGets({ pid, target }))];
  for (const watched of WATCHED) measurements.push(...(await measureWatches({ pid, target }, watched)));
  for (const format of FORMATS) measurements.push(...(await measureLists({ pid, target }, format)));
  return {
    name: "wire",
    measurements,
    notes: [
      "An API server without controllers, over HTTPS and HTTP/2; CPU is that of all its threads. A pod has 2 kB.",
      "Memory: the most that the process took while it answered, above what it had before.",
      `Watches: ${String(WATCHERS)} of them over ${String(CONNECTIONS)} connections each hear of ${String(CHANGERS * CHANGES_EACH)} changes, ${String(CHANGERS)} at a time.`,
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
  const filling = { name: "filling", callers: CALLERS, durationMs: Number.MAX_SAFE_INTEGER, pid };
  const create = (shape: RequestShape, requestsEach: number) =>
    measureLoad({ ...filling, target: { ...target, shape }, requestsEach });
  await create({ type: "createPod", prefix: PREFIX }, PODS_EACH);
  await create({ type: "createConfigMap", prefix: "config" }, 1);
}

async function measureGets({ pid, target }: Running): Promise<readonly Measurement[]> {
  const paths = Array.from({ length: CALLERS }, (_, caller) => `${PODS}/${objectName(PREFIX, caller, 0)}`);
  const gets = {
    name: "gets of a pod",
    target: { ...target, shape: { type: "get", paths } },
    callers: 1,
    durationMs: Number.MAX_SAFE_INTEGER,
    requestsEach: GETS,
    pid,
  } as const;
  const memory = await measureMemory(pid);
  await measureLoad(gets);
  return [...(await measureMedians(gets, { rounds: ROUNDS })), await memory("gets of a pod")];
}

/** Says later how much memory has been taken since. */
async function measureMemory(pid: number): Promise<(name: string) => Promise<Measurement>> {
  await forgetPeak(pid);
  const before = await usageOf(pid);
  return async (name) => {
    const { peakRssBytes } = await usageOf(pid);
    return { name: `${name}, memory`, value: (peakRssBytes - before.rssBytes) / 1e6, unit: "MB" };
  };
}

async function measureLists(
  { pid, target }: Running,
  { name, headers, target: bound }: Format,
): Promise<readonly Measurement[]> {
  const lists = {
    name,
    target: { ...target, shape: { type: "get", paths: [PODS], headers } },
    callers: 1,
    durationMs: Number.MAX_SAFE_INTEGER,
    pid,
  } as const;
  const memory = await measureMemory(pid);
  await measureLoad({ ...lists, requestsEach: WARM_UP_LISTS });
  const figures = await measureMedians({ ...lists, requestsEach: LISTS }, { rounds: ROUNDS });
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
    await memory(`list as ${name}`),
  ];
}

async function measureWatches(
  { pid, target }: Running,
  { name, ...watched }: Watched,
): Promise<readonly Measurement[]> {
  const watch = async (changesEach: number): Promise<WatchLoadFigures> => {
    const options: WatchLoadOptions = {
      ...target,
      ...watched,
      watchers: WATCHERS,
      connections: CONNECTIONS,
      callers: CHANGERS,
      changesEach,
    };
    return JSON.parse(await output(WATCH_LOAD, { stdin: JSON.stringify(options) })) as WatchLoadFigures;
  };
  const memory = await measureMemory(pid);
  await watch(WARM_UP_CHANGES_EACH);
  const before = await usageOf(pid);
  const { eventsPerSecond } = await watch(CHANGES_EACH);
  const after = await usageOf(pid);
  const label = `watches of ${name}`;
  return [
    { name: `${label}, events`, value: eventsPerSecond, unit: "/s" },
    {
      name: `${label}, CPU of the server`,
      value: after.cpuSeconds - before.cpuSeconds,
      unit: "s",
      target: WATCHES_CPU,
    },
    await memory(label),
  ];
}

if (import.meta.main) printResult(await run());
