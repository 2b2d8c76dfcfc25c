import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { Deadlines } from "./deadlines.ts";

const late = (): Error => new Error("late");

describe("Deadlines", () => {
  test("lets work finish in time and leaves no timer behind", async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    expect(await deadlines.run(5000, Promise.resolve("done"), late)).toBe("done");
    await clock.advance(2000);
    expect(clock.pending).toBe(0);
  });

  test("passes a failure on", async () => {
    const work = Promise.reject(new Error("broken"));
    await expect(new Deadlines(new FakeClock()).run(5000, work, late)).rejects.toThrow("broken");
  });

  test("gives up after the limit, at most a second late", async () => {
    const clock = new FakeClock();
    const deadlines = new Deadlines(clock);
    const outcomes: string[] = [];
    const watch = (name: string, ms: number): void => {
      const hanging = new Promise<string>(() => undefined);
      void deadlines
        .run(ms, hanging, late)
        .catch((error: Error) => outcomes.push(`${name} ${error.message}`));
    };
    watch("long", 5000);
    watch("short", 1500);
    await clock.advance(1400);
    expect(outcomes).toEqual([]);
    await clock.advance(1000);
    expect(outcomes).toEqual(["short late"]);
    await clock.advance(4000);
    expect(outcomes).toEqual(["short late", "long late"]);
    expect(clock.pending).toBe(0);
  });
});
