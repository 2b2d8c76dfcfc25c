import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { Deadlines } from "./deadlines.ts";

describe("Deadlines", () => {
  test("forget what is over in time and leave no timer behind", async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    let expired = 0;
    const deadline = deadlines.add(500, () => (expired += 1));
    deadline[Symbol.dispose]();
    await clock.advance(2000);
    expect([expired, clock.pending]).toEqual([0, 0]);
  });

  test("expire once, at most a second late", async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const expired: string[] = [];
    deadlines.add(5000, () => expired.push("long"));
    deadlines.add(1500, () => expired.push("short"));
    await clock.advance(1400);
    expect(expired).toEqual([]);
    await clock.advance(1000);
    expect(expired).toEqual(["short"]);
    await clock.advance(9000);
    expect(expired).toEqual(["short", "long"]);
    expect(clock.pending).toBe(0);
  });
});
