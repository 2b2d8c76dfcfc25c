import { expect, test } from "bun:test";
import type { Clock } from "#base/clock.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { measureEventLoopLag } from "./event-loop-lag.ts";
import { silentLogger } from "./logger.ts";
import { Metrics } from "./metrics.ts";

test("measureEventLoopLag tells how late timers are, and warns of what lasts", async () => {
  const time = new FakeClock();
  let lateMs = 0;
  const clock: Clock = {
    now: () => time.now() + lateMs,
    sleep: (ms, signal) => time.sleep(ms, signal),
    after: (ms, callback) => time.after(ms, callback),
  };
  const warnings: unknown[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void warnings.push(fields) };
  const metrics = new Metrics();
  await using _ = measureEventLoopLag({ metrics, clock, logger });
  await time.advance(1000);
  lateMs = 30;
  await time.advance(1000);
  lateMs = 4030;
  await time.advance(1000);
  const text = await metrics.expose();
  const count = (bucket: string): string =>
    new RegExp(`lag_seconds_bucket{le="${bucket}"} (\\d+)`).exec(text)?.[1] ?? "";
  expect(["0.001", "0.025", "0.05", "2.5", "5"].map(count)).toEqual(["1", "1", "2", "2", "3"]);
  expect(warnings).toEqual([{ ms: 4000 }]);
});
