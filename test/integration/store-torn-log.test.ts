import { expect, test } from "bun:test";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Store } from "#store/store.ts";
import { temporaryDirectory } from "../contract/store-fixtures.ts";
import { decodeValue, encodeValue } from "./store-crash-value.ts";

/** Sizes of the commits that the database has, and of those that only the write-ahead log has. */
const CHECKPOINTED = [200, 100];
const LOGGED = [20, 1, 2, 50, 1, 1, 60, 3, 1, 30, 10, 1];

/** Damage as a power cut leaves it: the end is missing, or holds what was there before or nothing sensible. */
const DAMAGE = fc.record({
  type: fc.constantFrom("cut", "garble", "zero"),
  /** Where it begins, in thousandths of the file. */
  at: fc.nat({ max: 1000 }),
  length: fc.integer({ min: 1, max: 20_000 }),
});

test("a torn write-ahead log opens as the state at some earlier commit", async () => {
  await using home = await temporaryDirectory();
  const original = join(home.path, "original");
  const ends = [0];
  const commit = async (store: Store, size: number): Promise<void> => {
    const start = store.revision;
    const names = Array.from({ length: size }, (_, index) => String(start + index + 1));
    await Promise.all(names.map((name) => store.create(`/k/${name}`, encodeValue(name))));
    ends.push(store.revision);
  };
  const before = await openSqliteStore({ directory: original });
  for (const size of CHECKPOINTED) await commit(before, size);
  await before[Symbol.asyncDispose]();
  await using store = await openSqliteStore({ directory: original });
  for (const size of LOGGED) await commit(store, size);
  const log = await readFile(join(original, "state.db-wal"));
  const found = new Set<number>();
  let copies = 0;
  await fc.assert(
    fc.asyncProperty(DAMAGE, async (damage) => {
      copies += 1;
      const directory = join(home.path, String(copies));
      await mkdir(directory);
      await copyFile(join(original, "state.db"), join(directory, "state.db"));
      await writeFile(join(directory, "state.db-wal"), damaged(log, damage));
      await using torn = await openSqliteStore({ directory });
      expect(ends).toContain(torn.revision);
      found.add(torn.revision);
      const { entries } = torn.list("/k/");
      expect(entries.map(({ revision }) => revision).sort((a, b) => a - b)).toEqual(
        Array.from({ length: torn.revision }, (_, index) => index + 1),
      );
      for (const { key, revision, value } of entries) {
        expect([key, decodeValue(value)]).toEqual([`/k/${String(revision)}`, String(revision)]);
      }
      const { revision } = await torn.create("/after", encodeValue("x"));
      expect(revision).toBe(entries.length + 1);
    }),
    { numRuns: 60 },
  );
  expect(found.size, "different commits").toBeGreaterThan(4);
}, 60_000);

function damaged(
  log: Uint8Array,
  { type, at, length }: { type: string; at: number; length: number },
): Uint8Array {
  const start = Math.floor((at * log.length) / 1000);
  if (type === "cut") return log.subarray(0, start);
  const copy = Uint8Array.from(log);
  copy.subarray(start, start + length).forEach((byte, index, part) => {
    part[index] = type === "zero" ? 0 : byte ^ (1 + (index % 255));
  });
  return copy;
}
