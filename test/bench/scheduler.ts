import type { Node, Pod, PodSpec } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { AUTHENTICATED_GROUP } from "#apimachinery/user.ts";
import { systemClock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { silentLogger } from "#observability/logger.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { noMetrics } from "#scheduler/metrics.ts";
import { createScheduler } from "#scheduler/scheduler.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { startServer, type TestServer } from "../integration/apiserver/server.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const NODES = 1000;
const PODS = 5000;
const ZONES = 10;
/** So many pods belong together, as the replicas of one Deployment do. */
const GROUP_SIZE = 500;
const SCHEDULER = { name: "system:kube-scheduler", groups: [AUTHENTICATED_GROUP] };

/** How fast are pods put on nodes? `only` names some of the kinds of pods. */
export async function run(only = ""): Promise<BenchResult> {
  const measurements: Measurement[] = [];
  for (const [name, specOf] of Object.entries(SCENARIOS).filter(([name]) => name.includes(only))) {
    measurements.push(...(await measure(name, specOf)));
  }
  return {
    name: "scheduler",
    measurements,
    notes: [
      `${String(PODS)} waiting pods and ${String(NODES)} nodes in ${String(ZONES)} zones, in one process, over a store in memory.`,
      "From the start of the scheduler, with empty caches, until every pod is bound; the API server shares the core.",
      "CPU time is that of the whole process, so that other load on the machine matters little.",
      "kube-scheduler binds 300 to 1,000 pods a second, on many cores.",
    ],
  };
}

type SpecOf = (app: string) => Partial<PodSpec>;

const SCENARIOS: Readonly<Record<string, SpecOf>> = {
  "plain pods": () => ({}),
  "pods that spread over zones": (app) => ({
    topologySpreadConstraints: [
      {
        topologyKey: "topology.kubernetes.io/zone",
        maxSkew: 1,
        whenUnsatisfiable: "DoNotSchedule",
        labelSelector: { matchLabels: { app } },
      },
    ],
  }),
  "pods that avoid nodes with their kind": (app) => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  }),
  "pods that would like to be near each other": (app) => ({
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 10,
            podAffinityTerm: {
              topologyKey: "topology.kubernetes.io/zone",
              labelSelector: { matchLabels: { app } },
            },
          },
        ],
      },
    },
  }),
};

async function measure(name: string, specOf: SpecOf): Promise<readonly Measurement[]> {
  await using server = await startServer({ core: { clock: systemClock } });
  await fill(server, specOf);
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  await scheduleAll(server);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await checkAllPlaced(server.client);
  return [
    { name, value: PODS / seconds, unit: "pods/s", target: { atLeast: 300 } },
    { name: `${name}: CPU for each`, value: (user + system) / PODS, unit: "µs" },
  ];
}

async function scheduleAll(server: TestServer): Promise<void> {
  const common = {
    client: server.as(SCHEDULER, "kube-scheduler"),
    clock: systemClock,
    random: seededRandom(1),
    logger: silentLogger,
  };
  await using informers = new ReflectedInformers(common);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let left = PODS;
  const metrics = {
    ...noMetrics,
    scheduled: () => {
      left -= 1;
      if (left === 0) resolve();
    },
  };
  await using _scheduler = createScheduler({}, { ...common, informers, metrics });
  await done;
}

async function fill({ client }: TestServer, specOf: SpecOf): Promise<void> {
  await client.create("ServiceAccount", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  for (let index = 0; index < NODES; index += 1) await addNode(client, index);
  for (let index = 0; index < PODS; index += 1) {
    const app = `app-${String(Math.floor(index / GROUP_SIZE))}`;
    await client.create("Pod", aPod(`pod-${String(index)}`, app, specOf(app)));
  }
}

async function addNode(client: Client, index: number): Promise<void> {
  const name = `node-${String(index)}`;
  const allocatable = { cpu: "8", memory: "32Gi", pods: "110" };
  const node: NewObject<Node> = {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "topology.kubernetes.io/zone": `zone-${String(index % ZONES)}`,
      },
    },
    spec: {},
    status: { capacity: allocatable, allocatable, conditions: [{ type: "Ready", status: "True" }] },
  };
  const created = await client.create("Node", node);
  // Nodes are created with the taint of those that are not ready.
  await client.update("Node", { ...created, spec: {} });
}

function aPod(name: string, app: string, spec: Partial<PodSpec>): NewObject<Pod> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app } },
    spec: {
      containers: [
        { name: "app", image: "app:1", resources: { requests: { cpu: "100m", memory: "500Mi" } } },
      ],
      ...spec,
    },
  };
}

/** What the scheduler says of itself must show in the API server. */
async function checkAllPlaced(client: Client): Promise<void> {
  const { items } = await client.list("Pod");
  const waiting = items.filter(({ spec }) => (spec.nodeName ?? "") === "");
  if (waiting.length > 0) throw new Error(`${String(waiting.length)} pods have no node`);
}

if (import.meta.main) printResult(await run(process.argv[2]));
