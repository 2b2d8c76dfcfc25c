import { expect, test } from "bun:test";
import { serviceUnavailable } from "#apimachinery/status-error.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { keepNodeLease } from "./node-lease.ts";

test("a lease that cannot be renewed is tried again in growing intervals of a few seconds", async () => {
  const clock = new FakeClock();
  const start = clock.now();
  const tries: number[] = [];
  const fail = (): never => {
    tries.push((clock.now() - start) / 1000);
    throw serviceUnavailable("not now");
  };
  const stop = new AbortController();
  const keeping = keepNodeLease(
    { nodeName: "n1", durationSeconds: 40 },
    {
      client: { get: fail, create: fail, update: fail },
      clock,
      random: () => 0,
      logger: silentLogger,
      node: () => undefined,
    },
    stop.signal,
  );
  await clock.advance(30_000);
  stop.abort();
  await keeping.catch(() => undefined);
  expect(tries).toEqual([0, 1, 3, 7, 14, 21, 28]);
});
