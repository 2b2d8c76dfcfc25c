import { join } from "node:path";
import { DockerHost } from "../e2e/docker-host.ts";
import type { StartFigures, StartProbeOptions } from "./load/start-probe.ts";
import { TestHost } from "./load/test-host.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const IMAGE = "kubelith.test/busybox:1";
const ROUNDS = 5;
const PROBE = [process.execPath, join(import.meta.dir, "load/start-probe.ts")];

/** How long does it take from the start of the executable until it is of use? */
export async function run(): Promise<BenchResult> {
  await using host = await TestHost.up({ name: "benstart" });
  await (await DockerHost.start(host.name)).importBusybox(IMAGE);
  const { name, address, directory, dockerSocket = "" } = host;
  const options: StartProbeOptions = { name, address, directory, dockerSocket, image: IMAGE, rounds: ROUNDS };
  const answer = await host.output(PROBE, { stdin: JSON.stringify(options) });
  const figures = JSON.parse(answer) as readonly StartFigures[];
  const median = (name: string, value: (of: StartFigures) => number, atMost?: number): Measurement => ({
    name,
    value: figures.map(value).toSorted((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN,
    unit: "ms",
    ...(atMost !== undefined && { target: { atMost } }),
  });
  return {
    name: "start",
    measurements: [
      median("first start to API ready", ({ apiReady }) => apiReady, 500),
      median("first start to node Ready", ({ nodeReady }) => nodeReady, 2000),
      median("first start to first pod Running", ({ podRunning }) => podRunning),
      median("next start to API ready", ({ apiReadyAgain }) => apiReadyAgain, 500),
    ],
    notes: [
      `Medians of ${String(ROUNDS)} starts of the compiled executable with an empty data directory, Docker Engine running, the image there. Ready is what a client sees over HTTPS.`,
    ],
  };
}

if (import.meta.main) printResult(await run());
