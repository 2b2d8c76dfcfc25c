import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "#testing/fake-clock.ts";
import { Backoff } from "./backoff.ts";
import { controllerRateLimiter, exponentialPerItem } from "./rate-limiter.ts";
import { TokenBucket } from "./token-bucket.ts";

describe("exponentialPerItem", () => {
  test("doubles per item up to its limit", () => {
    const limiter = exponentialPerItem<string>({ baseMs: 5, maxMs: 1000 });
    expect(Array.from({ length: 10 }, () => limiter.delayMs("a"))).toEqual([
      5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000,
    ]);
    expect(limiter.delayMs("b")).toBe(5);
    limiter.forget("a");
    expect(limiter.delayMs("a")).toBe(5);
  });

  test("stays at its limit after more failures than a number can double", () => {
    const limiter = exponentialPerItem<string>({ baseMs: 5, maxMs: 1000 });
    for (let failure = 0; failure < 2000; failure += 1) limiter.delayMs("a");
    expect(limiter.delayMs("a")).toBe(1000);
  });
});

test("controllerRateLimiter slows many items down together after a burst of 100", () => {
  const limiter = controllerRateLimiter<number>(new FakeClock());
  const delays = Array.from({ length: 103 }, (_, item) => limiter.delayMs(item));
  expect(delays.slice(0, 100).every((delay) => delay === 5)).toBeTrue();
  expect(delays.slice(100)).toEqual([100, 200, 300]);
});

test.each([
  { maxMs: undefined, want: 1_000_000 },
  { maxMs: 60_000, want: 60_000 },
])("controllerRateLimiter waits for $want ms at most", ({ maxMs, want }) => {
  const limiter = controllerRateLimiter<string>(new FakeClock(), maxMs);
  for (let failure = 0; failure < 30; failure += 1) limiter.delayMs("a");
  expect(limiter.delayMs("a")).toBe(want);
});

describe("TokenBucket", () => {
  test("gives its burst at once and then one token per interval", async () => {
    const clock = new FakeClock();
    const bucket = new TokenBucket({ ratePerSecond: 1 / 300, burst: 2 }, clock);
    expect([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()]).toEqual([true, true, false]);
    await clock.advance(299_999);
    expect(bucket.tryTake()).toBeFalse();
    await clock.advance(1);
    expect(bucket.tryTake()).toBeTrue();
  });

  test("never gives more than burst + rate * time", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3000), { maxLength: 100 }), (pauses) => {
        let now = 0;
        const bucket = new TokenBucket({ ratePerSecond: 2, burst: 3 }, { now: () => now });
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          if (bucket.tryTake()) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(3 + (2 * now) / 1000);
      }),
    );
  });
});

describe("Backoff", () => {
  const options = { initialMs: 800, maxMs: 30_000, factor: 2, jitter: 1, resetAfterMs: 120_000 };

  test("grows to its limit and starts again after a quiet time", () => {
    let now = 0;
    const backoff = new Backoff(options, { clock: { now: () => now }, random: () => 0 });
    expect(Array.from({ length: 7 }, () => backoff.next())).toEqual([
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000,
    ]);
    now += 120_001;
    expect(backoff.next()).toBe(800);
  });

  test("adds at most its jitter", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), (random) => {
        const backoff = new Backoff(options, { clock: { now: () => 0 }, random: () => random });
        const delay = backoff.next();
        expect(delay >= 800 && delay < 1600).toBeTrue();
      }),
    );
  });
});
