import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { untilKnown } from "./cluster-dns.ts";

describe("untilKnown", () => {
  /** Whether it is over at once, and after some time. */
  async function isOver(
    synced: Promise<unknown>,
    ms: number,
  ): Promise<readonly [atOnce: boolean, later: boolean]> {
    const clock = new FakeClock();
    let over = false;
    const waiting = untilKnown(synced, clock, new AbortController().signal).then(() => {
      over = true;
    });
    await clock.advance(0);
    const atOnce = over;
    await clock.advance(ms);
    const later = over;
    await clock.advance(60_000);
    await waiting;
    return [atOnce, later];
  }

  test("waits for the names of the cluster, and not for long when nobody tells them", async () => {
    const { promise: never } = Promise.withResolvers<void>();
    expect(await isOver(Promise.resolve(), 0)).toEqual([true, true]);
    expect(await isOver(never, 2900)).toEqual([false, false]);
    expect(await isOver(never, 3000)).toEqual([false, true]);
  });
});
