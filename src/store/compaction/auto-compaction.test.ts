import { describe, expect, test } from "bun:test";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { AutoCompaction } from "./auto-compaction.ts";

class CompactedStore {
  revision = 0;
  compactedRevision = 0;
  compact = (revision: number): Promise<void> => {
    this.compactedRevision = revision;
    return Promise.resolve();
  };
}

const POLICY = { retainMs: 5 * 60_000, retainRevisions: 1000, minRevisions: 10 };

function start(): { clock: FakeClock; store: CompactedStore; compaction: AutoCompaction } {
  const clock = new FakeClock();
  const store = new CompactedStore();
  const compaction = new AutoCompaction(POLICY, { store, clock, logger: silentLogger });
  return { clock, store, compaction };
}

describe("AutoCompaction", () => {
  test("forgets what is older than the policy keeps, and again when more has become old", async () => {
    const { clock, store } = start();
    const seen = [];
    for (let minute = 1; minute <= 12; minute += 1) {
      store.revision += 20;
      await clock.advance(60_000);
      seen.push(store.compactedRevision);
    }
    expect(seen).toEqual([0, 0, 0, 0, 0, 20, 40, 60, 80, 100, 120, 140]);
  });

  test("keeps a bounded number of revisions", async () => {
    const { clock, store } = start();
    store.revision = 5000;
    await clock.advance(30_000);
    expect(store.compactedRevision).toBe(4000);
  });

  test("tries again after a failure", async () => {
    const { clock, store } = start();
    const { compact } = store;
    store.compact = () => Promise.reject(new TypeError("disk"));
    store.revision = 5000;
    await clock.advance(30_000);
    store.compact = compact;
    await clock.advance(30_000);
    expect(store.compactedRevision).toBe(4000);
  });

  test("waits for a compaction that takes long, and ends with it", async () => {
    const { clock, store, compaction } = start();
    const finished = Promise.withResolvers<void>();
    let started = 0;
    store.compact = () => {
      started += 1;
      return finished.promise;
    };
    store.revision = 5000;
    await clock.advance(10 * 60_000);
    expect(started).toBe(1);
    const disposing = compaction[Symbol.asyncDispose]();
    finished.resolve();
    await disposing;
    expect(clock.pending).toBe(0);
  });
});
