import { ApiProcess } from "./load/api-process.ts";
import { type MeasuredLoad, measureLoad, measureMedians } from "./load/measured-load.ts";
import { forgetPeak, usageOf } from "./load/process-usage.ts";
import type { RequestShape } from "./load/request-shapes.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const CALLERS = 16;
/** Of each caller, so that there are a thousand. */
const DEPLOYMENTS_EACH = 64;
const REQUESTS_EACH = 125;
/** So that the code of the server is compiled. */
const WARM_UP_REQUESTS_EACH = 500;
const ROUNDS = 5;
const PER_SECOND = { atLeast: 1500 };

interface Scenario extends Pick<MeasuredLoad, "http"> {
  readonly name: string;
  readonly managers: number;
  readonly does: "change" | "repeat";
}

const SCENARIOS: readonly Scenario[] = [
  { name: "changes", managers: 1, does: "change" },
  { name: "changes over HTTP/1.1", managers: 1, does: "change", http: "HTTP/1.1" },
  { name: "no changes", managers: 1, does: "repeat" },
  { name: "no changes over HTTP/1.1", managers: 1, does: "repeat", http: "HTTP/1.1" },
  { name: "changes by three managers", managers: 3, does: "change" },
];

/** How many Deployments can be applied a second? */
export async function run(): Promise<BenchResult> {
  await using server = new ApiProcess();
  const target = await server.access();
  const { pid } = server;
  const load = (
    shape: Pick<Extract<RequestShape, { type: "applyDeployment" }>, "managers" | "does">,
    options: Pick<MeasuredLoad, "name" | "requestsEach" | "http">,
  ): MeasuredLoad => ({
    target: {
      ...target,
      shape: { type: "applyDeployment", prefix: "web", deploymentsEach: DEPLOYMENTS_EACH, ...shape },
    },
    callers: CALLERS,
    durationMs: Number.MAX_SAFE_INTEGER,
    pid,
    ...options,
  });
  await measureLoad(load({ managers: 1, does: "create" }, { name: "", requestsEach: DEPLOYMENTS_EACH }));
  await measureLoad(load({ managers: 1, does: "change" }, { name: "", requestsEach: WARM_UP_REQUESTS_EACH }));
  await forgetPeak(pid);
  const measurements: Measurement[] = [];
  for (const { name, managers, does, http = "HTTP/2" } of SCENARIOS) {
    const measured = load({ managers, does }, { name, requestsEach: REQUESTS_EACH, http });
    await measureLoad(measured);
    const figures = await measureMedians(measured, { rounds: ROUNDS });
    measurements.push(...figures, oneCore(name, figures));
  }
  const { peakRssBytes } = await usageOf(pid);
  measurements.push({ name: "peak memory of the server", value: peakRssBytes / 1e6, unit: "MB" });
  return {
    name: "apply",
    measurements,
    notes: [
      "Server-side apply of a Deployment of 1.5 kB over HTTPS, durable on this disk; an API server without controllers.",
      "Changes: another image each time. Three managers: the owner, one of an annotation and one of a container, in turn.",
      "On one core: what one core could do if it did nothing else, from the CPU of all threads of the server.",
    ],
  };
}

function oneCore(name: string, figures: readonly Measurement[]): Measurement {
  const cpuUs = figures.find((each) => each.name.endsWith("CPU of the server"))?.value ?? Number.NaN;
  return { name: `${name}, on one core`, value: 1e6 / cpuUs, unit: "/s", target: PER_SECOND };
}

if (import.meta.main) printResult(await run());
