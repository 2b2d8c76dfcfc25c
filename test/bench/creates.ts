import { join } from "node:path";
import { measurementsOf } from "./load/closed-loop.ts";
import { EtcdProcess } from "./load/etcd-process.ts";
import type { Http2LoadFigures, Http2LoadOptions } from "./load/http2-load.ts";
import { KubelithProcess } from "./load/kubelith-process.ts";
import { usageOf } from "./load/process-usage.ts";
import type { RequestShape } from "./load/request-shapes.ts";
import { output, TestHost } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const LOAD_MS = 8000;
const WARM_UP_MS = 4000;
/** Callers and the connections that they share. */
const CLIENTS: readonly (readonly [callers: number, connections: number])[] = [
  [1, 1],
  [64, 8],
];
const GENERATOR = join(import.meta.dir, "load/http2-load.ts");

/** How many creates a second does the API acknowledge as durable, next to etcd on the same disk? */
export async function run(): Promise<BenchResult> {
  await using host = await TestHost.up({ name: "bencreat", docker: false });
  const measurements = [...(await measureApi(host)), ...(await measureEtcd(host))];
  return {
    name: "creates",
    measurements,
    notes: [
      "The compiled server with its controllers and its scheduler, over HTTPS with a client certificate, in a closed loop. Pods are held by a scheduling gate.",
      "etcd: Debian's etcd-server on the same disk, puts of 1.5 kB to new keys over gRPC without TLS, by the same load generator.",
      "The load generator is a process of its own on the same cores; cores are what server and generator used of them.",
    ],
  };
}

async function measureApi(host: TestHost): Promise<readonly Measurement[]> {
  await using server = new KubelithProcess(host);
  const access = await server.access();
  const load = (shape: RequestShape, name: string) =>
    measure(name, server.pid, { ...access, shape }, (options) =>
      host.output([process.execPath, GENERATOR], { stdin: JSON.stringify(options) }),
    );
  return [
    ...(await load({ type: "createConfigMap", namespace: "default" }, "ConfigMaps created")),
    ...(await load({ type: "createPod", namespace: "default" }, "pods created")),
  ];
}

async function measureEtcd(host: TestHost): Promise<readonly Measurement[]> {
  await using etcd = await EtcdProcess.start(host.directory);
  if (etcd === undefined) throw new Error("Cannot compare with etcd: install Debian's etcd-server");
  const shape: RequestShape = { type: "etcdPut", prefix: "/registry/bench", valueBytes: 1500 };
  return await measure("etcd puts", etcd.pid, { url: etcd.url, shape }, (options) =>
    output([process.execPath, GENERATOR], { stdin: JSON.stringify(options) }),
  );
}

async function measure(
  name: string,
  pid: number,
  target: Pick<Http2LoadOptions, "url" | "tls" | "shape">,
  generate: (options: Http2LoadOptions) => Promise<string>,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (const [callers, connections] of CLIENTS) {
    const startedAt = performance.now();
    const before = await usageOf(pid);
    const options = { ...target, callers, connections, durationMs: LOAD_MS, warmUpMs: WARM_UP_MS };
    const figures = JSON.parse(await generate(options)) as Http2LoadFigures;
    const after = await usageOf(pid);
    const seconds = (performance.now() - startedAt) / 1000;
    const label = `${name}, ${String(callers)} ${callers === 1 ? "client" : "clients"}`;
    measurements.push(
      ...measurementsOf(label, figures),
      { name: `${label}, server`, value: (after.cpuSeconds - before.cpuSeconds) / seconds, unit: "cores" },
      { name: `${label}, load generator`, value: figures.cpuCores, unit: "cores" },
    );
  }
  return measurements;
}

if (import.meta.main) printResult(await run());
