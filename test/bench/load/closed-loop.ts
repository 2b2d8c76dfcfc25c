import type { Measurement } from "../result.ts";

/** Closed loop: each caller waits for its answer before it asks again. */
export interface Load {
  readonly callers: number;
  readonly durationMs: number;
  /** Ends earlier when each caller has asked so often. */
  readonly requestsEach?: number;
  /** One request of one caller. */
  readonly request: (caller: number, step: number) => Promise<unknown>;
}

export interface LoadFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export async function runLoad({
  callers,
  durationMs,
  requestsEach = Number.POSITIVE_INFINITY,
  request,
}: Load): Promise<LoadFigures> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + durationMs;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let step = 0; step < requestsEach && performance.now() < end; step += 1) {
        const asked = performance.now();
        await request(caller, step);
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    perSecond: sorted.length / seconds,
    p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

export function measurementsOf(name: string, figures: LoadFigures): Measurement[] {
  return [
    { name, value: figures.perSecond, unit: "/s" },
    { name: `${name}, p50`, value: figures.p50Ms, unit: "ms" },
    { name: `${name}, p99`, value: figures.p99Ms, unit: "ms" },
  ];
}
