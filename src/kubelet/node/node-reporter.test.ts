import { expect, test } from "bun:test";
import { serviceUnavailable } from "#apimachinery/status-error.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { DEFAULT_SETTINGS } from "../kubelet-settings.ts";
import { NodeReporter } from "./node-reporter.ts";
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

test("a status that cannot be told is tried again in growing intervals", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const tries: number[] = [];
  const fail = (): never => {
    tries.push((clock.now() - start) / 1000);
    throw serviceUnavailable("not now");
  };
  const reporter = new NodeReporter(registration, {
    client: { create: fail, get: fail, patch: fail },
    nodes: { synced: Promise.resolve(), get: () => undefined },
    runtime: { listImages: () => Promise.resolve([]) },
    identity,
    readResources: () => Promise.resolve(machine),
    runtimeVersion: () => "docker://20.10",
    problems: () => Promise.resolve([]),
    events: { record: () => undefined },
    clock,
    logger: silentLogger,
  });
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  await clock.advance(40_000);
  stop.abort();
  await running;
  expect(tries).toEqual([0, 0.2, 0.6, 1.4, 3, 6.2, 12.6, 22.6, 32.6]);
});
