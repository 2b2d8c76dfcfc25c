import { join } from "node:path";
import type { Measurement } from "../result.ts";
import { measurementsOf } from "./closed-loop.ts";
import { usageOf } from "./process-usage.ts";
import type { HttpVersion, ShapedLoadFigures, ShapedLoadOptions } from "./shaped-load.ts";
import { output } from "./test-host.ts";

const GENERATOR = [process.execPath, join(import.meta.dir, "shaped-load.ts")];

export interface MeasuredLoad {
  /** What is asked for: "pods created". */
  readonly name: string;
  readonly target: Pick<ShapedLoadOptions, "url" | "tls" | "shape">;
  /** Default: HTTP/2. */
  readonly http?: HttpVersion;
  readonly callers: number;
  readonly durationMs: number;
  readonly requestsEach?: number;
  /** The process that answers. */
  readonly pid: number;
  /** The command line that runs the generator where the server can be reached; default as it is. */
  readonly inside?: (command: readonly string[]) => readonly string[];
  readonly perSecondTarget?: Measurement["target"];
}

/** Puts load on a server from another process, and says what the server and the generator of the load needed. */
export async function measureLoad(load: MeasuredLoad): Promise<readonly Measurement[]> {
  const { name, target, http = "HTTP/2", callers, durationMs, requestsEach, pid } = load;
  const { inside = (command) => command } = load;
  const options: ShapedLoadOptions = {
    ...target,
    http,
    callers,
    durationMs,
    ...(requestsEach !== undefined && { requestsEach }),
  };
  const before = await usageOf(pid);
  const figures = JSON.parse(
    await output(inside(GENERATOR), { stdin: JSON.stringify(options) }),
  ) as ShapedLoadFigures;
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

/** The same measured several times: of each figure its median, since what else runs on the machine adds to some of them. */
export async function measureMedians(
  load: MeasuredLoad,
  { rounds }: { readonly rounds: number },
): Promise<readonly Measurement[]> {
  const all: (readonly Measurement[])[] = [];
  while (all.length < rounds) all.push(await measureLoad(load));
  const [first = []] = all;
  return first.map((measurement, index) => {
    const values = all.map((each) => each[index]?.value ?? Number.NaN).sort((a, b) => a - b);
    return { ...measurement, value: values[Math.floor(rounds / 2)] ?? Number.NaN };
  });
}
