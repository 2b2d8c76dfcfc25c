import { describe, expect, test } from "bun:test";
import { aPut } from "#testing/store-events.ts";
import { StoreError } from "../store-error.ts";
import { type EventBatch, Watcher, type WatcherOptions } from "./watcher.ts";

function aWatcher(options: Partial<WatcherOptions> = {}): { watcher: Watcher; closed: string[] } {
  const closed: string[] = [];
  const watcher = new Watcher({
    afterRevision: 0,
    maxPendingEvents: 10,
    onClose: () => closed.push("closed"),
    ...options,
  });
  return { watcher, closed };
}

function aBatch(...revisions: number[]): EventBatch {
  return revisions.map((revision) => aPut("/a", revision));
}

const DONE = { value: undefined, done: true } as const;

describe("Watcher", () => {
  test("passes batches on as they are, whether the reader or the batch comes first", async () => {
    const { watcher } = aWatcher();
    const [first, second] = [aBatch(1), aBatch(2, 3)];
    const reading = watcher.next();
    watcher.push(first);
    watcher.push(second);
    expect((await reading).value).toBe(first);
    expect((await watcher.next()).value).toBe(second);
  });

  test("leaves out what the reader has", async () => {
    const { watcher } = aWatcher({ afterRevision: 2 });
    watcher.push(aBatch(1, 2));
    watcher.push(aBatch(2, 3));
    expect((await watcher.next()).value).toMatchObject([{ entry: { revision: 3 } }]);
  });

  test("brings older pages before live batches", async () => {
    const pages = [aBatch(1, 2), aBatch(3)];
    const { watcher } = aWatcher({ older: () => Promise.resolve(pages.shift()) });
    watcher.push(aBatch(4));
    const seen = [];
    for await (const batch of watcher) {
      seen.push(batch.length);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([2, 1, 1]);
  });

  test("fails for a reader that is too slow, once, and then ends", async () => {
    const { watcher, closed } = aWatcher({ maxPendingEvents: 2 });
    watcher.push(aBatch(1, 2));
    expect(closed).toEqual([]);
    watcher.push(aBatch(3));
    expect(closed).toEqual(["closed"]);
    const error = await watcher.next().catch((error: unknown) => error);
    expect(error instanceof StoreError && error.detail.code).toBe("slowWatcher");
    expect(await watcher.next()).toEqual(DONE);
  });

  test("counts only what still waits", async () => {
    const { watcher, closed } = aWatcher({ maxPendingEvents: 1 });
    for (const revision of [1, 2, 3]) {
      watcher.push(aBatch(revision));
      await watcher.next();
    }
    expect(closed).toEqual([]);
  });

  test("fails the read that waits", async () => {
    const { watcher } = aWatcher();
    const reading = watcher.next();
    watcher.fail(new TypeError("broken"));
    await expect(reading).rejects.toThrow("broken");
    expect(await watcher.next()).toEqual(DONE);
  });

  test("fails with what the older pages fail with", async () => {
    const { watcher, closed } = aWatcher({ older: () => Promise.reject(new TypeError("gone")) });
    await expect(watcher.next()).rejects.toThrow("gone");
    expect(closed).toEqual(["closed"]);
    expect(await watcher.next()).toEqual(DONE);
  });

  test("ends while an older page is on its way", async () => {
    const page = Promise.withResolvers<EventBatch>();
    const { watcher } = aWatcher({ older: () => page.promise });
    const reading = watcher.next();
    watcher.close();
    page.resolve(aBatch(1));
    expect(await reading).toEqual(DONE);
  });

  test("closes once, however it ends", async () => {
    const { watcher, closed } = aWatcher();
    watcher.push(aBatch(1));
    for await (const _batch of watcher) break;
    watcher.close();
    watcher.fail(new TypeError("late"));
    watcher.push(aBatch(2));
    expect(closed).toEqual(["closed"]);
    expect(await watcher.next()).toEqual(DONE);
  });

  test("is for one reader", async () => {
    const { watcher } = aWatcher();
    const reading = watcher.next();
    await expect(watcher.next()).rejects.toThrow(TypeError);
    watcher.close();
    expect(await reading).toEqual(DONE);
  });
});
