import type { Lease } from "#api/generated/coordination-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import type { RequestOperation } from "#apimachinery/request.ts";
import { type Place, startServer, type TestServer } from "../integration/apiserver/server.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";
import { aConfigMap, aDeployment, aLease, aWebPod, runningStatus } from "./workload.ts";

/** Requests before counting starts, so that the code is compiled. */
const WARM_UP = 4000;
const ROUNDS = 40;
/** Enough for several collections of garbage. */
const REQUESTS_PER_ROUND = 500;
const KEPT = 1000;

/** What does one request cost the server's thread, without HTTP and without a disk? `only` names some of them. */
export async function run(only = ""): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  for (const [name, request] of Object.entries(SCENARIOS).filter(([name]) => name.includes(only))) {
    await using server = await startServer();
    await prepare(server);
    measurements.push({ name, value: await cpuOf((step) => request(server, step)), unit: "µs" });
  }
  return {
    name: "api-cpu",
    measurements,
    notes: [
      "CPU time of the server's thread, over a store in memory, so that other load on the machine matters little.",
      "Bodies come with their text, as HTTP brings them, and are parsed; answers are made into bytes.",
    ],
  };
}

type BenchRequest = (server: TestServer, step: number) => Promise<unknown>;

const SCENARIOS: Readonly<Record<string, BenchRequest>> = {
  "create a Pod": (server, step) => post(server, { kind: "Pod" }, aWebPod(`pod-${String(step)}`)),
  "create a ConfigMap of 2 kB": (server, step) =>
    post(server, { kind: "ConfigMap" }, aConfigMap(`config-${String(step)}`)),
  "create a Deployment": (server, step) =>
    post(server, { kind: "Deployment" }, aDeployment(`web-${String(step)}`)),
  "patch the status of a Pod": (server, step) =>
    answer(
      server,
      { kind: "Pod", namespace: "default", name: kept(step), subresource: "status" },
      { verb: "patch", patchType: "strategic", patch: runningStatus(step) },
    ),
  "annotate a Pod by a merge patch": (server, step) =>
    answer(
      server,
      { kind: "Pod", namespace: "default", name: kept(step) },
      { verb: "patch", patchType: "merge", patch: { metadata: { annotations: { step: String(step) } } } },
    ),
  "update the status of a Pod": async (server, step) => {
    const pod = await server.client.get("Pod", { namespace: "default", name: kept(step) });
    const next = { ...pod, ...runningStatus(step) } as Pod;
    return await put(server, { kind: "Pod", subresource: "status" }, next);
  },
  "renew a Lease": async (server, step) => {
    const lease = await server.client.get("Lease", { namespace: "default", name: kept(step) });
    const renewTime = `2026-01-01T00:00:${String(10 + (step % 50))}.${String(100_000 + step)}Z`;
    const next: Lease = { ...lease, spec: { ...lease.spec, renewTime } };
    return await put(server, { kind: "Lease" }, next);
  },
  "apply a Deployment that changes": (server, step) => apply(server, aDeployment(kept(step), step)),
  "apply a Deployment that stays": (server, step) => apply(server, aDeployment(kept(step))),
  "update a Pod with no change": async (server, step) => {
    const pod = await server.client.get("Pod", { namespace: "default", name: kept(step) });
    return await put(server, { kind: "Pod" }, pod);
  },
  "delete and create a ConfigMap": async (server, step) => {
    const name = `config-${kept(step)}`;
    await post(server, { kind: "ConfigMap" }, aConfigMap(name));
    await server.client.delete("ConfigMap", { namespace: "default", name });
  },
  "get a Pod": (server, step) =>
    answer(server, { kind: "Pod", namespace: "default", name: kept(step) }, { verb: "get" }),
};

function kept(step: number): string {
  return `kept-${String(step % KEPT)}`;
}

async function prepare(server: TestServer): Promise<void> {
  const { client } = server;
  await client.create("ServiceAccount", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  for (let index = 0; index < KEPT; index += 1) {
    const name = kept(index);
    await Promise.all([
      client.create("Pod", aWebPod(name)),
      client.create("Lease", aLease(name)),
      apply(server, aDeployment(name)),
    ]);
  }
}

/** In microseconds. The lower decile of many short rounds: what else runs on the machine only adds to some of them. */
async function cpuOf(request: (step: number) => Promise<unknown>): Promise<number> {
  let step = 0;
  const runRequests = async (count: number): Promise<void> => {
    for (const end = step + count; step < end; ) {
      await Promise.all(Array.from({ length: 50 }, () => request((step += 1))));
    }
  };
  await runRequests(WARM_UP);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.threadCpuUsage();
    await runRequests(REQUESTS_PER_ROUND);
    const { user, system } = process.threadCpuUsage(before);
    rounds.push((user + system) / REQUESTS_PER_ROUND);
  }
  return rounds.toSorted((a, b) => a - b)[ROUNDS / 10] ?? 0;
}

async function answer(server: TestServer, place: Place, operation: RequestOperation): Promise<void> {
  (await server.sendForObject(place, operation)).bytes();
}

async function post(server: TestServer, place: Place, object: object): Promise<void> {
  await answer(server, { ...place, namespace: "default" }, { verb: "create", ...bodyOf(object) });
}

async function put(
  server: TestServer,
  place: Place,
  object: { readonly metadata: { readonly name: string } },
): Promise<void> {
  const { name } = object.metadata;
  await answer(server, { ...place, namespace: "default", name }, { verb: "update", ...bodyOf(object) });
}

async function apply(
  server: TestServer,
  object: { readonly metadata: { readonly name: string } },
): Promise<void> {
  const { name } = object.metadata;
  const patch: unknown = JSON.parse(JSON.stringify(object));
  const options = { fieldManager: "bench" };
  const operation = { verb: "patch", patchType: "apply", patch, options } as const;
  await answer(server, { kind: "Deployment", namespace: "default", name }, operation);
}

function bodyOf(object: object): { readonly object: unknown; readonly text: string } {
  const text = JSON.stringify(object);
  return { object: JSON.parse(text), text };
}

if (import.meta.main) printResult(await run(process.argv[2]));
