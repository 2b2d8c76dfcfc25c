import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FakeClock } from "#testing/fake-clock.ts";
import { controllerRateLimiter } from "./rate-limiter.ts";
import { WorkQueue } from "./work-queue.ts";

function aQueue(clock = new FakeClock()): WorkQueue<string> {
  return new WorkQueue({ clock, rateLimiter: controllerRateLimiter(clock) });
}

describe("WorkQueue", () => {
  test("gives out in order and coalesces additions", async () => {
    using queue = aQueue();
    for (const item of ["a", "b", "a", "c", "b"]) queue.add(item);
    expect(queue.length).toBe(3);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(["a", "b", "c"]);
  });

  test("queues an item that is added while it is worked on only when that work is done", async () => {
    using queue = aQueue();
    queue.add("a");
    await queue.take();
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(await queue.take()).toBe("a");
    queue.done("a");
    expect(queue.length).toBe(0);
  });

  test("hands an addition to the taker that waited longest", async () => {
    using queue = aQueue();
    const takers = [queue.take(), queue.take()];
    queue.add("a");
    queue.add("b");
    expect(await Promise.all(takers)).toEqual(["a", "b"]);
  });

  test("delays, and keeps the earlier of two delays", async () => {
    const clock = new FakeClock();
    using queue = aQueue(clock);
    queue.addAfter("a", 1000);
    queue.addAfter("a", 5000);
    queue.addAfter("b", 5000);
    queue.addAfter("b", 1000);
    queue.addAfter("c", 0);
    expect(queue.length).toBe(1);
    await clock.advance(999);
    expect(queue.length).toBe(1);
    await clock.advance(1);
    expect(queue.length).toBe(3);
    expect(clock.pending).toBe(0);
  });

  test("waits twice as long after every failure until it is told to forget", async () => {
    const clock = new FakeClock();
    using queue = aQueue(clock);
    for (const delay of [5, 10, 20]) {
      queue.addRateLimited("a");
      await clock.advance(delay - 1);
      expect(queue.length, `before ${String(delay)} ms`).toBe(0);
      await clock.advance(1);
      queue.done((await queue.take()) ?? "");
    }
    expect(queue.failures("a")).toBe(3);
    queue.forget("a");
    queue.addRateLimited("a");
    await clock.advance(5);
    expect(queue.length).toBe(1);
  });

  test("wakes takers and drops timers when it is disposed", async () => {
    const clock = new FakeClock();
    const queue = aQueue(clock);
    const taker = queue.take();
    queue.addAfter("a", 1000);
    queue[Symbol.dispose]();
    queue.add("b");
    expect(await taker).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  test("never gives one item to two workers and loses no addition", async () => {
    type Step = { readonly type: "add" | "take" | "done"; readonly item: string };
    const step: fc.Arbitrary<Step> = fc.record({
      type: fc.constantFrom("add", "take", "done"),
      item: fc.constantFrom("a", "b", "c"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        using queue = aQueue();
        const working = new Set<string>();
        /** Added since the last time that it was taken. */
        const owed = new Set<string>();
        const take = async (): Promise<void> => {
          const item = await queue.take();
          expect(item !== undefined && !working.has(item) && owed.has(item)).toBeTrue();
          working.add(item ?? "");
          owed.delete(item ?? "");
        };
        for (const { type, item } of steps) {
          if (type === "add") {
            queue.add(item);
            owed.add(item);
          } else if (type === "take" && queue.length > 0) {
            await take();
          } else if (type === "done" && working.delete(item)) {
            queue.done(item);
          }
          expect(queue.length).toBe([...owed].filter((each) => !working.has(each)).length);
        }
      }),
    );
  });
});
