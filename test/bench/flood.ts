import { join } from "node:path";
import { accessAs } from "./load/client-certificate.ts";
import type { Http1LoadFigures, Http1LoadOptions, PlainRequest } from "./load/http1-load.ts";
import type { Target } from "./load/http2-client.ts";
import { KubelithProcess } from "./load/kubelith-process.ts";
import { TestHost } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { aConfigMap } from "./workload.ts";

const LOAD = [process.execPath, join(import.meta.dir, "load/http1-load.ts")];
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const STORED = 1000;
const FLOOD_CONNECTIONS = 500;
const PROBE_MS = 8000;
/** In which the flood opens its connections. */
const HEAD_START_MS = 4000;

const LIST: PlainRequest = { method: "GET", path: CONFIG_MAPS };
// Elsewhere, so that the lists stay as long as they are.
const CREATE = create("/api/v1/namespaces/flood/configmaps", {
  metadata: { name: "*" },
  data: { text: "x".repeat(500) },
});

const PROBES: readonly { readonly name: string; readonly by: Who; readonly request: PlainRequest }[] = [
  { name: "a get by another user", by: "quiet", request: { method: "GET", path: `${CONFIG_MAPS}/c-1` } },
  { name: "a get by a node", by: "node", request: { method: "GET", path: "/api/v1/nodes/n1" } },
  {
    name: "a lease renewed by a node",
    by: "node",
    request: {
      method: "PATCH",
      path: `${LEASES}/n1`,
      contentType: "application/merge-patch+json",
      body: JSON.stringify({ metadata: { annotations: { renewal: "*" } } }),
    },
  },
  { name: "/readyz", by: "quiet", request: { method: "GET", path: "/readyz" } },
];

type Who = "flooder" | "quiet" | "node";
type Accesses = Readonly<Record<Who, Required<Target>>>;

interface Running {
  readonly host: TestHost;
  readonly accesses: Accesses;
}

/** How long do others wait while one user floods the server over 500 connections? */
export async function run(): Promise<BenchResult> {
  await using host = await TestHost.up({ name: "benflood", docker: false });
  await using server = new KubelithProcess(host);
  const admin = await server.access();
  const data = join(host.directory, "data");
  const as = (commonName: string, ...organizations: string[]): Promise<Required<Target>> =>
    accessAs({ commonName, organizations }, admin, data);
  const accesses = {
    flooder: await as("flooder"),
    quiet: await as("quiet"),
    node: await as("system:node:n1", "system:nodes"),
  };
  await fill(host, admin);
  const running = { host, accesses };
  return {
    name: "flood",
    measurements: [
      ...(await measure(running, "no flood", [])),
      ...(await measure(running, "lists", [LIST])),
      ...(await measure(running, "creates", [CREATE])),
      ...(await measure(running, "lists and creates", [LIST, CREATE])),
    ],
    notes: [
      `The compiled server over HTTPS. The flood comes over ${String(FLOOD_CONNECTIONS)} connections of one user; a list has ${String(STORED)} ConfigMaps of 2 kB and more.`,
      "Server, flood and probes share the cores of this machine.",
    ],
  };
}

async function measure(
  { host, accesses }: Running,
  name: string,
  flood: readonly PlainRequest[],
): Promise<readonly Measurement[]> {
  const flooding =
    flood.length === 0
      ? undefined
      : load(host, {
          ...accesses.flooder,
          connections: FLOOD_CONNECTIONS,
          pauseMs: 0,
          durationMs: HEAD_START_MS + PROBE_MS,
          requests: flood,
        });
  await Bun.sleep(flooding === undefined ? 0 : HEAD_START_MS);
  const probes = PROBES.map(({ by, request }) =>
    load(host, { ...accesses[by], connections: 1, pauseMs: 20, durationMs: PROBE_MS, requests: [request] }),
  );
  const figures = await Promise.all(probes);
  const flooded = await flooding;
  return [
    ...figures.flatMap(({ p50Ms, p99Ms }, index) => [
      { name: `${name}: ${PROBES[index]?.name ?? ""}, p50`, value: p50Ms, unit: "ms" },
      { name: `${name}: ${PROBES[index]?.name ?? ""}, p99`, value: p99Ms, unit: "ms" },
    ]),
    ...(flooded === undefined ? [] : floodMeasurements(name, flooded)),
  ];
}

function floodMeasurements(name: string, { answered, refused }: Http1LoadFigures): readonly Measurement[] {
  const seconds = (HEAD_START_MS + PROBE_MS) / 1000;
  return [
    { name: `${name}: answers to the flood`, value: answered / seconds, unit: "/s" },
    { name: `${name}: told to come back later`, value: refused / seconds, unit: "/s" },
  ];
}

/** What the flood lists, what the probes ask for, and who may ask. */
async function fill(host: TestHost, admin: Required<Target>): Promise<void> {
  const common = { ...admin, pauseMs: 0, durationMs: Number.MAX_SAFE_INTEGER };
  const namespace = [create("/api/v1/namespaces", { metadata: { name: "flood" } })];
  await load(host, { ...common, connections: 1, requestsEach: 1, requests: namespace });
  const listed = [create(CONFIG_MAPS, aConfigMap("*"))];
  await load(host, { ...common, connections: 10, requestsEach: STORED / 10, requests: listed });
  const others = [
    create(CONFIG_MAPS, aConfigMap("c-1")),
    create("/api/v1/nodes", { metadata: { name: "n1" } }),
    create(LEASES, { metadata: { name: "n1" } }),
    ...["flooder", "quiet"].map((name) =>
      create("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", bindingOf(name)),
    ),
  ];
  await load(host, { ...common, connections: others.length, requestsEach: 1, requests: others });
}

async function load(host: TestHost, options: Http1LoadOptions): Promise<Http1LoadFigures> {
  return JSON.parse(await host.output(LOAD, { stdin: JSON.stringify(options) })) as Http1LoadFigures;
}

function create(path: string, object: object): PlainRequest {
  return { method: "POST", path, body: JSON.stringify(object) };
}

function bindingOf(name: string): object {
  const apiGroup = "rbac.authorization.k8s.io";
  return {
    metadata: { name },
    roleRef: { apiGroup, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup, kind: "User", name }],
  };
}

if (import.meta.main) printResult(await run());
