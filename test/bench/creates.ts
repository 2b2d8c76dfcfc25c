import { EtcdProcess } from "./load/etcd-process.ts";
import { KubelithProcess } from "./load/kubelith-process.ts";
import { type MeasuredLoad, measureLoad } from "./load/measured-load.ts";
import type { RequestShape } from "./load/request-shapes.ts";
import { TestHost } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const LOAD_MS = 8000;
/** So that the code of the server is compiled. */
const WARM_UP_MS = 8000;
const CLIENTS = [1, 64];
const MANY_CLIENTS = 64;
const PER_SECOND = { atLeast: 5000 };

const SHAPES: Readonly<Record<string, WritingShape>> = {
  "ConfigMaps created": { type: "createConfigMap", prefix: "bench" },
  "pods created": { type: "createPod", prefix: "bench" },
};

/** How many creates a second does the API acknowledge as durable, next to etcd on the same disk? */
export async function run(): Promise<BenchResult> {
  await using host = await TestHost.up({ name: "bencreat", docker: false });
  return {
    name: "creates",
    measurements: [...(await measureApi(host)), ...(await measureEtcd(host))],
    notes: [
      "The compiled server with its controllers and its scheduler, over HTTPS with a client certificate, in a closed loop, 8 clients a connection. Pods are held by a scheduling gate.",
      "etcd: Debian's etcd-server on the same disk, puts of 1.5 kB to new keys over gRPC without TLS, by the same load generator.",
      "The load generator is a process of its own on the same cores. CPU of the server is that of all its threads, compiler and garbage collector among them.",
    ],
  };
}

async function measureApi(host: TestHost): Promise<readonly Measurement[]> {
  await using server = new KubelithProcess(host);
  const access = await server.access();
  const measurements: Measurement[] = [];
  for (const [name, shape] of Object.entries(SHAPES)) {
    const load = {
      name,
      target: { ...access, shape },
      pid: server.pid,
      inside: (command: readonly string[]) => host.inside(command),
    };
    measurements.push(...(await measureWarm(load, PER_SECOND)));
  }
  return measurements;
}

async function measureEtcd(host: TestHost): Promise<readonly Measurement[]> {
  await using etcd = await EtcdProcess.start(host.directory);
  if (etcd === undefined) throw new Error("Cannot compare with etcd: install Debian's etcd-server");
  const shape: WritingShape = { type: "etcdPut", prefix: "/registry/bench", valueBytes: 1500 };
  return await measureWarm({ name: "etcd puts", target: { url: etcd.url, shape }, pid: etcd.pid });
}

/** A load whose objects have names of their own in each run. */
type WritingShape = Extract<RequestShape, { readonly prefix: string }>;

interface WritingLoad extends Omit<MeasuredLoad, "callers" | "durationMs"> {
  readonly target: MeasuredLoad["target"] & { readonly shape: WritingShape };
}

async function measureWarm(
  load: WritingLoad,
  perSecondTarget?: Measurement["target"],
): Promise<readonly Measurement[]> {
  const { shape } = load.target;
  await measureLoad({ ...load, callers: MANY_CLIENTS, durationMs: WARM_UP_MS });
  const measurements: Measurement[] = [];
  for (const callers of CLIENTS) {
    const isTarget = callers === MANY_CLIENTS && perSecondTarget !== undefined;
    const target = { ...load.target, shape: { ...shape, prefix: `${shape.prefix}-${String(callers)}` } };
    const options = { target, callers, durationMs: LOAD_MS, ...(isTarget && { perSecondTarget }) };
    measurements.push(...(await measureLoad({ ...load, ...options })));
  }
  return measurements;
}

if (import.meta.main) printResult(await run());
