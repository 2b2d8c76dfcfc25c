import { afterAll, beforeAll, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { StoreEvent } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { NO_METRICS } from "#store/store-metrics.ts";
import { describeEvent, temporaryDirectory } from "../contract/store-fixtures.ts";
import { decodeValue, encodeValue } from "./store-crash-value.ts";

/** A small file system of its own needs root; elsewhere the test counts as skipped. */
const isRoot = process.getuid?.() === 0;

let home: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  home = await temporaryDirectory();
  if (isRoot) run("mount", "-t", "tmpfs", "-o", "size=4m", "kubelith-test", home.path);
});

afterAll(async () => {
  if (isRoot) run("umount", home.path);
  await home[Symbol.asyncDispose]();
});

test.skipIf(!isRoot)(
  "a full disk refuses writes, loses none that was acknowledged, and recovers",
  async () => {
    const directory = join(home.path, "data");
    const ballast = join(home.path, "ballast");
    const stop = new AbortController();
    const watched: string[] = [];
    const acknowledged = new Map<string, number>();
    const failures = new Set<string>();
    const metrics = { ...NO_METRICS, commitFailed: (code: string) => failures.add(code) };
    // Closed also when the test fails, since the file system of an open file cannot be unmounted.
    await using store = await openSqliteStore({ directory, metrics });
    const watching = follow(store.watch("/k/", { afterRevision: 0, signal: stop.signal }), watched);

    /** Writes from several callers; resolves with the codes of the writes that were refused. */
    const write = async (round: string, count: number): Promise<ReadonlySet<string>> => {
      const refused = new Set<string>();
      const attempts = Array.from({ length: count }, async (_, index) => {
        const key = `/k/${round}-${String(index)}`;
        try {
          acknowledged.set(key, (await store.create(key, encodeValue(round))).revision);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          refused.add(error.detail.code);
          expect(store.get(key)).toBeUndefined();
        }
      });
      await Promise.all(attempts);
      return refused;
    };
    const check = (entries: readonly { key: string; revision: number; value: Uint8Array }[]): void => {
      expect(new Map(entries.map(({ key, revision }) => [key, revision]))).toEqual(acknowledged);
      for (const { key, value } of entries) expect(key).toStartWith(`/k/${decodeValue(value)}-`);
    };

    expect([...(await write("first", 100))]).toEqual([]);
    await writeFile(ballast, new Uint8Array(8_000_000)).catch(() => undefined);
    let refused: ReadonlySet<string> = new Set();
    for (let round = 0; refused.size === 0 && round < 100; round += 1)
      refused = await write(`full${String(round)}`, 20);
    expect([...refused]).toEqual(["diskFull"]);
    expect([...(await write("still", 20))]).toEqual(["diskFull"]);
    check(store.list("/k/").entries);

    expect([...failures]).toEqual(["diskFull"]);

    await rm(ballast);
    expect([...(await write("again", 20))]).toEqual([]);
    check(store.list("/k/").entries);
    await store[Symbol.asyncDispose]();
    await watching;
    expect(watched).toHaveLength(acknowledged.size);

    await using after = await openSqliteStore({ directory });
    check(after.list("/k/").entries);
  },
);

/** Collects events until the watch ends, in whatever way. */
async function follow(watch: AsyncIterable<readonly StoreEvent[]>, into: string[]): Promise<void> {
  try {
    for await (const batch of watch) into.push(...batch.map(describeEvent));
  } catch (error) {
    if (!(error instanceof StoreError && error.detail.code === "closed")) throw error;
  }
}

function run(...command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`Cannot run "${command.join(" ")}": ${stderr.toString()}`);
}
