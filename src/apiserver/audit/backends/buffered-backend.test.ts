import { beforeEach, expect, test } from "bun:test";
import { anAuditEvent } from "#testing/audit-events.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { type BatchOptions, BufferedBackend } from "./buffered-backend.ts";
import { Flush } from "./flush.ts";

let clock: FakeClock;
let flush: Flush;
/** The events of each batch that the receiver has got. */
let batches: string[];
let lost: string[];
/** What the receiver waits for; undefined for nothing. */
let held: PromiseWithResolvers<void> | undefined;

beforeEach(() => {
  clock = new FakeClock();
  flush = new Flush();
  batches = [];
  lost = [];
  held = undefined;
});

function buffered(options: Partial<BatchOptions> = {}): BufferedBackend {
  const limits = { bufferSize: 10, maxBatchSize: 3, maxBatchWaitMs: 30_000, maxUnderWay: 2, ...options };
  return new BufferedBackend(limits, {
    delegate: {
      process: async (events) => {
        batches.push(events.map(({ auditID }) => auditID).join(""));
        await held?.promise;
        return true;
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    metrics: { lost: (plugin, error, events) => lost.push(`${plugin} ${String(events)} ${String(error)}`) },
    flush,
    clock,
  });
}

function send(backend: BufferedBackend, ids: string, bytes = 0): void {
  const requestObject = "x".repeat(bytes);
  for (const id of ids) backend.process([anAuditEvent(id, { requestObject })]);
}

async function end(backend: BufferedBackend): Promise<void> {
  using _ = flush.begin(clock);
  await backend[Symbol.asyncDispose]();
}

test("sends a batch when it is full, and the rest when the first event of it has waited", async () => {
  const backend = buffered();
  send(backend, "abcde");
  await clock.advance(0);
  expect(batches).toEqual(["abc"]);
  await clock.advance(29_999);
  expect(batches).toEqual(["abc"]);
  await clock.advance(1);
  expect(batches).toEqual(["abc", "de"]);
  expect(clock.pending).toBe(0);
  await end(backend);
});

test("sends no more batches than the throttle allows", async () => {
  const backend = buffered({ maxBatchSize: 1, throttle: { ratePerSecond: 1, burst: 2 } });
  send(backend, "abcd");
  await clock.advance(0);
  expect(batches).toEqual(["a", "b"]);
  await clock.advance(1000);
  expect(batches).toEqual(["a", "b", "c"]);
  await end(backend);
  expect(batches).toEqual(["a", "b", "c", "d"]);
});

test("a receiver that does not answer holds up no more than its batches, and what does not fit is lost", async () => {
  held = Promise.withResolvers();
  const backend = buffered({ bufferSize: 4 });
  for (const ids of ["abc", "def", "ghi"]) {
    send(backend, ids);
    await clock.advance(0);
  }
  expect(batches).toEqual(["abc", "def"]);
  send(backend, "jklmn");
  expect(lost).toEqual(["buffered 1 Error: audit buffer queue blocked"]);
  held.resolve();
  await end(backend);
  expect(batches).toEqual(["abc", "def", "ghi", "jkl", "m"]);
});

test("does not hold more than 64 MiB of objects", async () => {
  held = Promise.withResolvers();
  const backend = buffered();
  send(backend, "abc", 20_000_000);
  send(backend, "d", 20_000_000);
  await clock.advance(0);
  expect(lost).toHaveLength(1);
  held.resolve();
  await clock.advance(0);
  send(backend, "e", 20_000_000);
  await end(backend);
  expect(batches).toEqual(["abc", "e"]);
});

test("gives up what a stopping server cannot send in time", async () => {
  held = Promise.withResolvers();
  const backend = buffered({ maxUnderWay: 1 });
  send(backend, "abcde");
  const ended = end(backend);
  await clock.advance(5000);
  held.resolve();
  await ended;
  expect(batches).toEqual(["abc"]);
  expect(lost).toEqual(["buffered 2 Error: the server has stopped"]);
  send(backend, "f");
  expect(lost).toHaveLength(2);
});
