import { ApiProcess } from "./load/api-process.ts";
import { type MeasuredLoad, measureLoad } from "./load/measured-load.ts";
import { type BenchResult, type Measurement, printResult } from "./result.ts";

const LOAD_MS = 8000;
const CALLERS = [1, 16];
/** Deployments of each caller, so that 16 callers have a thousand. */
const DEPLOYMENTS_EACH = 64;
const PER_SECOND = { atLeast: 1500 };

/** How many Deployments can be applied a second? */
export async function run(): Promise<BenchResult> {
  await using server = new ApiProcess();
  const target = await server.access();
  const load = (callers: number, options: Partial<MeasuredLoad> = {}) =>
    measureLoad({
      name: "Deployments applied",
      target: {
        ...target,
        shape: {
          type: "applyDeployment",
          prefix: `web-${String(callers)}`,
          deploymentsEach: DEPLOYMENTS_EACH,
        },
      },
      callers,
      durationMs: LOAD_MS,
      pid: server.pid,
      ...options,
    });
  await load(32);
  const measurements: Measurement[] = [];
  for (const callers of CALLERS) {
    const figures = await load(callers);
    measurements.push(...figures, oneCore(figures, callers));
  }
  return {
    name: "apply",
    measurements,
    notes: [
      "Server-side apply over HTTPS by one manager who changes the image each time, durable on this disk; an API server without controllers.",
      "On one core: what one core could do if it did nothing else, from the CPU of all threads of the server.",
    ],
  };
}

function oneCore(figures: readonly Measurement[], callers: number): Measurement {
  const cpuUs = figures.find(({ name }) => name.endsWith("CPU of the server"))?.value ?? Number.NaN;
  return {
    name: `Deployments applied, ${String(callers)} ${callers === 1 ? "client" : "clients"}, on one core`,
    value: 1e6 / cpuUs,
    unit: "/s",
    target: PER_SECOND,
  };
}

if (import.meta.main) printResult(await run());
