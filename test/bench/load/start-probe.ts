/** Runs in the network of a test host: starts the server several times and watches what becomes of it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { systemClock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { createHttpsTransport } from "#client/https-transport.ts";
import { loadKubeconfig } from "#client/kubeconfig.ts";
import { KubelithProcess, type ServerHost } from "./kubelith-process.ts";

export interface StartProbeOptions extends Omit<ServerHost, "inside"> {
  readonly image: string;
  readonly rounds: number;
}

/** Milliseconds from the start of the process. */
export interface StartFigures {
  readonly apiReady: number;
  readonly nodeReady: number;
  readonly podRunning: number;
  /** With the data of the time before. */
  readonly apiReadyAgain: number;
}

const GIVE_UP_MS = 60_000;

async function measureStart(host: ServerHost, image: string): Promise<StartFigures> {
  const apiReadyAgain = async (): Promise<number> => {
    const start = performance.now();
    await using _ = new KubelithProcess(host);
    return await apiReady(host, start);
  };
  return { ...(await measureFirstStart(host, image)), apiReadyAgain: await apiReadyAgain() };
}

async function measureFirstStart(host: ServerHost, image: string) {
  const start = performance.now();
  await using server = new KubelithProcess(host);
  const apiReadyMs = await apiReady(host, start);
  const access = await loadKubeconfig(server.kubeconfig, { clock: systemClock });
  await using transport = createHttpsTransport(
    { ...access.server, credentials: access.credentials, userAgent: "bench" },
    { clock: systemClock },
  );
  const client = createClient(transport);
  const [nodeReady, podRunning] = await Promise.all([
    since(start, () => isNodeReady(client, host.name)),
    runPod(client, image, start),
  ]);
  await client.delete("Pod", POD, { gracePeriodSeconds: 0 });
  return { apiReady: apiReadyMs, nodeReady, podRunning };
}

function apiReady({ address }: ServerHost, start: number): Promise<number> {
  return since(start, async () => {
    const response = await fetch(`https://${address}:6443/readyz`, { tls: { rejectUnauthorized: false } });
    return response.status === 200;
  });
}

async function isNodeReady(client: Client, name: string): Promise<boolean> {
  const { status } = await client.get("Node", { name });
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

const POD = { namespace: "default", name: "first" };

/** The pod is created as soon as the server takes it, and waits for its node. */
async function runPod(client: Client, image: string, start: number): Promise<number> {
  await since(start, async () => {
    await client.create("Pod", aPod(image));
    return true;
  });
  return await since(start, async () => (await client.get("Pod", POD)).status?.phase === "Running");
}

function aPod(image: string): NewObject<Pod> {
  const container = { name: "main", image, command: ["/bin/busybox", "sleep", "3600"] };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: POD,
    spec: { containers: [container], automountServiceAccountToken: false },
  };
}

/** Asks until the answer is yes; what fails is not there yet. */
async function since(start: number, isReached: () => Promise<boolean>): Promise<number> {
  for (;;) {
    try {
      if (await isReached()) return performance.now() - start;
    } catch (error) {
      if (performance.now() - start > GIVE_UP_MS) throw error;
    }
    await Bun.sleep(2);
  }
}

if (import.meta.main) {
  const { rounds, image, ...host } = JSON.parse(await Bun.stdin.text()) as StartProbeOptions;
  const figures: StartFigures[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const directory = join(host.directory, String(round));
    await mkdir(directory);
    const here = { ...host, directory, inside: (command: readonly string[]) => command };
    figures.push(await measureStart(here, image));
  }
  console.log(JSON.stringify(figures));
}
