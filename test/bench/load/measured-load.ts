import { join } from "node:path";
import type { Measurement } from "../result.ts";
import { measurementsOf } from "./closed-loop.ts";
import type { Http2LoadFigures, Http2LoadOptions } from "./http2-load.ts";
import { usageOf } from "./process-usage.ts";
import { output } from "./test-host.ts";

const GENERATOR = [process.execPath, join(import.meta.dir, "http2-load.ts")];

export interface MeasuredLoad {
  /** What is asked for: "pods created". */
  readonly name: string;
  readonly target: Pick<Http2LoadOptions, "url" | "tls" | "shape">;
  readonly callers: number;
  readonly durationMs: number;
  readonly requestsEach?: number;
  /** The process that answers. */
  readonly pid: number;
  /** The command line that runs the generator where the server can be reached; default as it is. */
  readonly inside?: (command: readonly string[]) => readonly string[];
  readonly perSecondTarget?: Measurement["target"];
}

/** So many clients share a connection, as the requests of one component do. */
const CALLERS_PER_CONNECTION = 8;

/** Puts load on a server from another process, and says what the server and the generator of the load needed. */
export async function measureLoad(load: MeasuredLoad): Promise<readonly Measurement[]> {
  const { name, target, callers, durationMs, requestsEach, pid, inside = (command) => command } = load;
  const connections = Math.ceil(callers / CALLERS_PER_CONNECTION);
  const options: Http2LoadOptions = {
    ...target,
    callers,
    connections,
    durationMs,
    ...(requestsEach !== undefined && { requestsEach }),
  };
  const before = await usageOf(pid);
  const figures = JSON.parse(
    await output(inside(GENERATOR), { stdin: JSON.stringify(options) }),
  ) as Http2LoadFigures;
  const after = await usageOf(pid);
  const label = `${name}, ${String(callers)} ${callers === 1 ? "client" : "clients"}`;
  const [rate, ...latencies] = measurementsOf(label, figures);
  const perRequest = (cpuSeconds: number): number => (cpuSeconds * 1e6) / figures.requests;
  return [
    ...(rate ? [{ ...rate, ...(load.perSecondTarget && { target: load.perSecondTarget }) }] : []),
    ...latencies,
    {
      name: `${label}, CPU of the server`,
      value: perRequest(after.cpuSeconds - before.cpuSeconds),
      unit: "µs each",
    },
    { name: `${label}, CPU of the load`, value: perRequest(figures.cpuSeconds), unit: "µs each" },
  ];
}
