import { expect, test } from "bun:test";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { StoreMetrics } from "#store/store-metrics.ts";
import { bytes, temporaryDirectory } from "../contract/store-fixtures.ts";

test("the store reports its commits and its size", async () => {
  await using home = await temporaryDirectory();
  const commits: Parameters<StoreMetrics["committed"]>[0][] = [];
  const sizes: number[] = [];
  const metrics: StoreMetrics = {
    committed: (commit) => commits.push(commit),
    commitFailed: (code) => expect(code).toBe("none"),
    resized: (databaseBytes) => sizes.push(databaseBytes),
  };
  await using store = await openSqliteStore({ directory: home.path, metrics });
  await Promise.all(["/a", "/b", "/c"].map((key) => store.create(key, bytes("12345"))));
  expect(commits).toEqual([{ durationMs: expect.any(Number), records: 3, valueBytes: 15 }]);
  expect(commits[0]?.durationMs).toBeGreaterThan(0);

  const large = new Uint8Array(4_000_000);
  await store.create("/large", large);
  // The answer to the next operation comes behind the checkpoint.
  await store.create("/next", bytes("1"));
  expect(sizes).toHaveLength(2);
  expect(sizes[0]).toBeLessThan(100_000);
  expect(sizes[1]).toBeGreaterThan(large.length);
});
