import { afterEach, beforeEach, expect, test } from "bun:test";
import type { StoreEvent, StoreWatch } from "#store/store.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aPut } from "#testing/store-events.ts";
import { StoreFeed } from "./store-feed.ts";

/** The watch of a store, driven by the test. */
class DrivenWatch implements StoreWatch, AsyncIterableIterator<readonly StoreEvent[]> {
  readonly #batches: (readonly StoreEvent[])[] = [];
  #reader: PromiseWithResolvers<IteratorResult<readonly StoreEvent[]>> | undefined;
  isClosed = false;
  isCaughtUp = true;

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(batch: readonly StoreEvent[]): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) this.#batches.push(batch);
    else reader.resolve({ value: batch, done: false });
  }

  fail(error: Error): void {
    this.#reader?.reject(error);
  }

  next(): Promise<IteratorResult<readonly StoreEvent[]>> {
    const batch = this.#batches.shift();
    if (batch !== undefined) return Promise.resolve({ value: batch, done: false });
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  return(): Promise<IteratorResult<readonly StoreEvent[]>> {
    this.isClosed = true;
    return Promise.resolve({ value: undefined, done: true });
  }
}

let clock: FakeClock;
let watch: DrivenWatch;
let gone: AbortController;
let stop: AbortSignal | undefined;
beforeEach(() => {
  clock = new FakeClock();
  watch = new DrivenWatch();
  gone = new AbortController();
});
afterEach(() => {
  expect(clock.pending).toBe(0);
});

function aFeed(options: { readonly idleEveryMs?: number; readonly timeoutMs?: number } = {}): StoreFeed {
  const open = (signal: AbortSignal) => {
    stop = signal;
    return watch;
  };
  return new StoreFeed(open, clock, { timeoutMs: 1_000_000, until: [gone.signal], ...options });
}

const batch = (revision: number) => [aPut("/a", revision)];

test("delivers changes in their order", async () => {
  await using feed = aFeed();
  watch.push(batch(1));
  watch.push(batch(2));
  expect(await feed.next()).toMatchObject({ type: "changes", changes: [{ entry: { revision: 1 } }] });
  expect(await feed.next()).toMatchObject({ type: "changes", changes: [{ entry: { revision: 2 } }] });
});

test("reports at times that nothing is pending", async () => {
  await using feed = aFeed({ idleEveryMs: 1000 });
  const first = feed.next();
  await clock.advance(1000);
  expect(await first).toEqual({ type: "idle" });
  const second = feed.next();
  await clock.advance(1000);
  expect(await second).toEqual({ type: "idle" });
});

test("reports at the same moments as others, though it began later", async () => {
  await using early = aFeed({ idleEveryMs: 60_000 });
  await clock.advance(2500);
  await using late = aFeed({ idleEveryMs: 60_000 });
  const reports = Promise.all([early.next(), late.next()]);
  await clock.advance(57_500);
  expect(await reports).toEqual([{ type: "idle" }, { type: "idle" }]);
});

test("reports it to a busy reader when that has read everything", async () => {
  await using feed = aFeed({ idleEveryMs: 1000 });
  const first = feed.next();
  watch.push(batch(1));
  await first;
  await clock.advance(1000);
  watch.push(batch(2));
  expect(await feed.next()).toMatchObject({ type: "changes" });
  const second = feed.next();
  await clock.advance(0);
  expect(await second).toEqual({ type: "idle" });
});

test("does not lose a change that comes with a report", async () => {
  await using feed = aFeed({ idleEveryMs: 1000 });
  const first = feed.next();
  await clock.advance(1000);
  expect(await first).toEqual({ type: "idle" });
  watch.push(batch(1));
  await clock.advance(0);
  expect(await feed.next()).toMatchObject({ type: "changes", changes: [{ entry: { revision: 1 } }] });
});

test("reports once more before its end", async () => {
  await using feed = aFeed({ idleEveryMs: 60_000, timeoutMs: 30_000 });
  const first = feed.next();
  await clock.advance(28_000);
  expect(await first).toEqual({ type: "idle" });
  const second = feed.next();
  await clock.advance(2000);
  expect(await second).toEqual({ type: "end" });
  expect(await feed.next()).toEqual({ type: "end" });
});

test("reports nothing when it ends at once", async () => {
  await using feed = aFeed({ idleEveryMs: 60_000, timeoutMs: 2000 });
  const first = feed.next();
  await clock.advance(2000);
  expect(await first).toEqual({ type: "end" });
});

test("waits with a report for older changes that are still on their way", async () => {
  watch.isCaughtUp = false;
  await using feed = aFeed({ idleEveryMs: 60_000, timeoutMs: 30_000 });
  const first = feed.next();
  await clock.advance(28_500);
  watch.isCaughtUp = true;
  await clock.advance(500);
  expect(await first).toEqual({ type: "idle" });
});

test("ends with the store's watch, and fails with it", async () => {
  await using feed = aFeed();
  const next = feed.next();
  watch.fail(new Error("compacted"));
  await expect(next).rejects.toThrow("compacted");
});

test("closes the store's watch when it is disposed, and when the client goes", async () => {
  const feed = aFeed();
  expect(stop?.aborted).toBe(false);
  await feed[Symbol.asyncDispose]();
  expect(stop?.aborted).toBe(true);
  expect(watch.isClosed).toBe(true);
  await using other = aFeed();
  gone.abort();
  expect(stop?.aborted).toBe(true);
  expect(other).toBeDefined();
});
