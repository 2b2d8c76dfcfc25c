import { describe, expect, test } from "bun:test";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import type { LogAppend, RevisionLog } from "../revision-log.ts";
import { CommittedState } from "../state/committed-state.ts";
import { StoreError } from "../store-error.ts";
import { decideCreate, decideDelete, decideUpdate } from "./decide-write.ts";
import { WriteSequencer } from "./write-sequencer.ts";

/** A log whose every append waits for the test to say what becomes of it. */
class ManualLog implements RevisionLog {
  readonly appends: (LogAppend & { readonly done: PromiseWithResolvers<void> })[] = [];

  append(append: LogAppend): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.appends.push({ ...append, done });
    return done.promise;
  }

  read = (): Promise<never> => Promise.reject(new TypeError("not read in these tests"));
  rewriteStale = (): Promise<void> => Promise.resolve();
  compact = (): Promise<void> => Promise.resolve();
  [Symbol.asyncDispose] = (): Promise<void> => Promise.resolve();
}

const DISK_FULL = new StoreError(
  { code: "diskFull" },
  "Cannot write to the database: database or disk is full",
);
const VALUE = new Uint8Array([1]);

class Fixture {
  readonly log = new ManualLog();
  readonly clock = new FakeClock();
  readonly state = new CommittedState(
    { entries: [], revision: 0, compactedRevision: 0, lost: [] },
    this.log,
    { recent: { maxEvents: 100, maxBytes: 1e6 }, maxPendingEvents: 100 },
  );
  readonly writes = new WriteSequencer(
    { state: this.state, log: this.log, clock: this.clock, logger: silentLogger },
    { lazyDelayMs: 1000 },
  );

  create(key: string): Promise<unknown> {
    return this.writes.order(key, decideCreate(key, VALUE));
  }

  /** Updates whatever revision readers see. */
  renew(key: string): Promise<unknown> {
    return this.writes.order(key, decideUpdate(key, this.state.get(key)?.revision ?? 0, VALUE), true);
  }

  delete(key: string, revision: number): Promise<unknown> {
    return this.writes.order(key, decideDelete(key, revision));
  }

  /** Lets everything happen that needs no more than a turn of the event loop. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  /** Waits for append number `index` to be asked for, and ends it. */
  async answer(index: number, error?: Error): Promise<string> {
    await this.settle();
    const append = this.log.appends[index];
    if (append === undefined) throw new TypeError(`Append ${String(index)} was not asked for`);
    if (error === undefined) append.done.resolve();
    else append.done.reject(error);
    await this.settle();
    return append.records.map(({ key, revision }) => `${key}@${String(revision)}`).join(" ");
  }

  /** A key that exists, under a reservation that lets lazy writes be answered at once. */
  async lease(key: string): Promise<void> {
    void this.create(key);
    await this.answer(0);
    void this.renew(key);
    await this.answer(1);
  }
}

/** Records how a write ends, and in which order several do. */
function follow(order: string[], name: string, write: Promise<unknown>): void {
  write.then(
    () => order.push(name),
    (error: unknown) => order.push(`${name}: ${error instanceof StoreError ? error.detail.code : "?"}`),
  );
}

describe("WriteSequencer", () => {
  test("commits what arrives together as one, and what arrives meanwhile as the next", async () => {
    const fixture = new Fixture();
    const order: string[] = [];
    follow(order, "a", fixture.create("/a"));
    follow(order, "b", fixture.create("/b"));
    await fixture.settle();
    follow(order, "c", fixture.create("/c"));
    follow(order, "d", fixture.create("/d"));
    await fixture.settle();
    expect(order).toEqual([]);
    expect(await fixture.answer(0)).toBe("/a@1 /b@2");
    expect(order).toEqual(["a", "b"]);
    expect(fixture.state.list("").entries.map(({ key }) => key)).toEqual(["/a", "/b"]);
    expect(await fixture.answer(1)).toBe("/c@3 /d@4");
    expect(order).toEqual(["a", "b", "c", "d"]);
    expect(fixture.log.appends).toHaveLength(2);
  });

  test("rejects a failed commit and everything ordered on top, and then works again", async () => {
    const fixture = new Fixture();
    const order: string[] = [];
    follow(order, "a", fixture.create("/a"));
    await fixture.settle();
    follow(order, "b", fixture.create("/b"));
    follow(order, "delete a", fixture.delete("/a", 1));
    follow(order, "create a", fixture.create("/a"));
    await fixture.answer(0, DISK_FULL);
    expect(order).toEqual(["a: diskFull", "b: diskFull", "delete a: diskFull", "create a: diskFull"]);
    expect(fixture.log.appends).toHaveLength(1);
    expect(fixture.state.list("").entries).toEqual([]);
    expect(fixture.state.revision).toBe(0);

    follow(order, "again", fixture.create("/a"));
    expect(await fixture.answer(1)).toBe("/a@5");
    expect(order.at(-1)).toBe("again");
    expect(fixture.state.get("/a")).toMatchObject({ revision: 5, createRevision: 5 });
  });

  test("answers a refusal that rests on a write only after that write", async () => {
    const fixture = new Fixture();
    const order: string[] = [];
    follow(order, "first", fixture.create("/a"));
    follow(order, "second", fixture.create("/a"));
    await fixture.settle();
    expect(order).toEqual([]);
    await fixture.answer(0);
    expect(order).toEqual(["first", "second: keyExists"]);
    follow(order, "third", fixture.create("/a"));
    await fixture.settle();
    expect(order.at(-1)).toBe("third: keyExists");
    expect(fixture.log.appends).toHaveLength(1);
  });

  test("takes a refusal back when what it rests on fails", async () => {
    const fixture = new Fixture();
    const order: string[] = [];
    follow(order, "first", fixture.create("/a"));
    follow(order, "second", fixture.create("/a"));
    await fixture.answer(0, DISK_FULL);
    expect(order).toEqual(["first: diskFull", "second: diskFull"]);
  });

  test("answers reserved lazy writes without the log and logs the newest of them after the delay", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    for (let renewal = 0; renewal < 5; renewal += 1) await fixture.renew("/lease");
    expect(fixture.state.revision).toBe(7);
    await fixture.clock.advance(999);
    expect(fixture.log.appends).toHaveLength(2);
    await fixture.clock.advance(1);
    expect(await fixture.answer(2)).toBe("/lease@7");
    await fixture.clock.advance(10_000);
    expect(fixture.log.appends).toHaveLength(3);
    expect(fixture.clock.pending).toBe(0);
  });

  test("takes lazy writes along with the next durable one", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    await fixture.renew("/lease");
    void fixture.create("/a");
    expect(await fixture.answer(2)).toBe("/lease@3 /a@4");
    await fixture.clock.advance(10_000);
    expect(fixture.log.appends).toHaveLength(3);
  });

  test("keeps lazy writes that readers have seen when a commit fails, and logs them later", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    await fixture.renew("/lease");
    const order: string[] = [];
    follow(order, "a", fixture.create("/a"));
    await fixture.answer(2, DISK_FULL);
    expect(order).toEqual(["a: diskFull"]);
    expect(fixture.state.get("/lease")?.revision).toBe(3);
    await fixture.clock.advance(1000);
    await fixture.answer(3, DISK_FULL);
    await fixture.clock.advance(1000);
    expect(await fixture.answer(4)).toBe("/lease@3");
  });

  test("makes lazy writes wait behind a commit and go on without one of their own", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    const order: string[] = [];
    follow(order, "a", fixture.create("/a"));
    await fixture.settle();
    follow(order, "renewal", fixture.renew("/lease"));
    await fixture.settle();
    expect(order).toEqual([]);
    await fixture.answer(2);
    expect(order).toEqual(["a", "renewal"]);
    expect(fixture.log.appends).toHaveLength(3);
  });

  test("logs lazy writes before a flush resolves", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    await fixture.writes.flush();
    await fixture.renew("/lease");
    const order: string[] = [];
    follow(order, "flush", fixture.writes.flush());
    await fixture.settle();
    expect(order).toEqual([]);
    expect(await fixture.answer(2)).toBe("/lease@3");
    expect(order).toEqual(["flush"]);
  });

  test("splits what does not fit into one commit", async () => {
    const fixture = new Fixture();
    const large = new Uint8Array(3 * 1024 * 1024);
    for (const key of ["/a", "/b"]) void fixture.writes.order(key, decideCreate(key, large));
    expect(await fixture.answer(0)).toBe("/a@1");
    expect(await fixture.answer(1)).toBe("/b@2");
  });

  test("closes after the writes in order, giving back what is left of the reservation", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    await fixture.renew("/lease");
    const order: string[] = [];
    follow(order, "a", fixture.create("/a"));
    const closing = fixture.writes.close();
    follow(order, "late", fixture.create("/b"));
    await fixture.answer(2);
    expect(order).toEqual(["late: closed", "a"]);
    expect(fixture.log.appends[3]).toMatchObject({ records: [], reservedRevision: 4 });
    await fixture.answer(3);
    await closing;
    expect(fixture.clock.pending).toBe(0);
  });

  test("closes although the last lazy writes cannot be logged", async () => {
    const fixture = new Fixture();
    await fixture.lease("/lease");
    await fixture.renew("/lease");
    const closing = fixture.writes.close();
    await fixture.answer(2, DISK_FULL);
    await closing;
    expect(fixture.clock.pending).toBe(0);
  });
});
