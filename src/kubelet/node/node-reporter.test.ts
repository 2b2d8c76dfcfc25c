import { describe, expect, test } from "bun:test";
import type { Node, NodeStatus } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { alreadyExists, serviceUnavailable } from "#apimachinery/status-error.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aNode } from "#testing/objects.ts";
import { DEFAULT_SETTINGS } from "../kubelet-settings.ts";
import { NodeReporter, type NodeReporterDependencies } from "./node-reporter.ts";
import { DEFAULT_RESERVATION } from "./node-reservation.ts";

const registration = {
  nodeName: "n1",
  hostname: "n1",
  architecture: "amd64",
  labels: {},
  taints: [],
  nodeIPs: () => ["192.0.2.1"],
  nodeExternalIPs: [],
  kubeletVersion: "v1.36.0",
  kubeletPort: 10250,
  settings: DEFAULT_SETTINGS,
  reservation: DEFAULT_RESERVATION,
};
const machine = {
  cpus: 1,
  memoryBytes: 2 ** 30,
  memoryAvailableBytes: 2 ** 29,
  swapBytes: 0,
  diskBytes: 2 ** 33,
  diskAvailableBytes: 2 ** 32,
  inodes: 1000,
  inodesFree: 500,
  maxPids: 1000,
  pids: 10,
  hugePages: {},
};
const identity = {
  architecture: "amd64",
  machineID: "m",
  systemUUID: "s",
  bootID: "b",
  kernelVersion: "6.1",
  osImage: "Debian",
};

interface Surroundings extends Pick<NodeReporterDependencies, "client" | "clock"> {
  readonly node?: Node;
  readonly problems?: () => readonly string[];
}

function aReporter({ client, clock, node, problems = () => [] }: Surroundings): NodeReporter {
  return new NodeReporter(registration, {
    client,
    nodes: { synced: Promise.resolve(), get: () => node },
    runtime: { listImages: () => Promise.resolve([]) },
    identity,
    readResources: () => Promise.resolve(machine),
    runtimeVersion: () => "docker://20.10",
    problems: () => Promise.resolve(problems()),
    events: { record: () => undefined },
    clock,
    logger: silentLogger,
  });
}

test("a status that cannot be told is tried again in growing intervals", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const tries: number[] = [];
  const fail = (): never => {
    tries.push((clock.now() - start) / 1000);
    throw serviceUnavailable("not now");
  };
  const reporter = aReporter({ client: { create: fail, get: fail, patch: fail }, clock });
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await clock.advance(40_000);
  stop.abort();
  await running;
  expect(tries).toEqual([0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 22.6, 32.6]);
});

describe("a node that was ready before a restart", () => {
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", message: "" };
  const node = aNode("n1", { status: { conditions: [ready] } });

  /** What is told of readiness, and when in seconds, while problems last until then. */
  async function toldUntil(endsAt: number): Promise<readonly (readonly [seconds: number, status: string])[]> {
    const clock = new FakeClock();
    const start = clock.now();
    const told: (readonly [number, string])[] = [];
    const seconds = (): number => (clock.now() - start) / 1000;
    const client = {
      create: () => Promise.reject(alreadyExists({ group: "", resource: "nodes" }, "n1")),
      get: () => Promise.resolve(node),
      patch: (_kind: unknown, _name: unknown, { document }: { readonly document: unknown }) => {
        const { conditions = [] } = (document as { readonly status?: NodeStatus }).status ?? {};
        const { status } = findCondition(conditions, "Ready") ?? {};
        if (status !== undefined) told.push([seconds(), status]);
        return Promise.resolve(node);
      },
    } as unknown as Surroundings["client"];
    const problems = () => (seconds() < endsAt ? ["the network is not connected yet"] : []);
    const stop = new AbortController();
    const running = aReporter({ client, clock, node, problems }).run(stop.signal);
    await clock.advance(15_000);
    stop.abort();
    await running;
    return told;
  }

  test("stays so while its kubelet connects to runtime and network", async () => {
    const told = await toldUntil(2);
    expect(told.at(0)).toEqual([2, "True"]);
    expect(told.map(([, status]) => status)).not.toContain("False");
  });

  test("is not when that takes longer", async () => {
    expect((await toldUntil(30)).at(0)).toEqual([10, "False"]);
  });
});
