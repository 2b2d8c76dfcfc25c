import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod, copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalStoreOptions } from "#store/local-store.ts";
import { openSqliteStore } from "#store/sqlite/sqlite-store.ts";
import type { Store } from "#store/store.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { bytes, failureOf, take, temporaryDirectory, text } from "../contract/store-fixtures.ts";

describe("SQLite store", () => {
  let home: Awaited<ReturnType<typeof temporaryDirectory>>;
  let directory: string;

  beforeEach(async () => {
    home = await temporaryDirectory();
    directory = join(home.path, "data");
  });

  afterEach(() => home[Symbol.asyncDispose]());

  const reopen = (options: LocalStoreOptions = {}): Promise<Store> =>
    openSqliteStore({ directory, ...options });
  const never = new AbortController().signal;

  /** How many rows the log of a closed store has. */
  const countRows = (): unknown => {
    using database = new Database(join(directory, "state.db"));
    return database.query("SELECT count(*) FROM log").values()[0]?.[0];
  };

  /** Copies the files as they are, which is what a killed process leaves, and opens the copy. */
  const crashInto = async (copy: string): Promise<Store> => {
    const target = join(home.path, copy);
    await mkdir(target);
    for (const file of ["state.db", "state.db-wal"])
      await copyFile(join(directory, file), join(target, file));
    return await openSqliteStore({ directory: target });
  };

  describe("after a clean end", () => {
    test("has the same state, revision and history", async () => {
      const before = await reopen();
      const { revision } = await before.create("/pods/a", bytes("1"));
      await before.update("/pods/a", revision, bytes("2"));
      await before.create("/pods/b", bytes("1"));
      await before.delete("/pods/b", revision + 2);
      await before.compact(revision);
      const state = before.list("");
      await before[Symbol.asyncDispose]();

      await using after = await reopen();
      expect(after.list("")).toEqual(state);
      expect(after.compactedRevision).toBe(revision);
      expect((await after.listAt("", revision)).entries.map(({ value }) => text(value))).toEqual(["1"]);
      const events = take(after.watch("", { afterRevision: revision, signal: never }), 4);
      await after.create("/pods/c", bytes("1"));
      expect(await events).toEqual([
        `put /pods/a@${String(revision + 1)} = "2" (was "1")`,
        `put /pods/b@${String(revision + 2)} = "1"`,
        `delete /pods/b@${String(revision + 3)} (was "1")`,
        `put /pods/c@${String(revision + 4)} = "1"`,
      ]);
    });

    test("has every lazy write and skips no revision", async () => {
      const before = await reopen();
      let { revision } = await before.create("/leases/a", bytes("0"));
      for (const value of ["1", "2", "3"]) {
        ({ revision } = await before.update("/leases/a", revision, bytes(value), { lazy: true }));
      }
      await before[Symbol.asyncDispose]();
      await using after = await reopen();
      expect(text(after.get("/leases/a")?.value)).toBe("3");
      expect(after.revision).toBe(revision);
    });

    test("does not count its revision down when compaction has removed the newest", async () => {
      const before = await reopen();
      const { revision } = await before.create("/pods/a", bytes("1"));
      await before.delete("/pods/a", revision);
      await before.compact(revision + 1);
      await before[Symbol.asyncDispose]();
      await using after = await reopen();
      expect(after.revision).toBe(revision + 1);
    });
  });

  describe("after a crash", () => {
    test("knows which revisions were lost, and uses none of them again", async () => {
      await using before = await reopen();
      const { revision: durable } = await before.create("/leases/a", bytes("0"));
      const first = await before.update("/leases/a", durable, bytes("1"), { lazy: true });
      const lost = await before.update("/leases/a", first.revision, bytes("2"), { lazy: true });

      await using after = await crashInto("crashed");
      expect(text(after.get("/leases/a")?.value)).toBe("1");
      expect(after.revision).toBeGreaterThan(lost.revision);
      const next = take(after.watch("", { afterRevision: first.revision, signal: never }), 1);
      const { revision } = await after.create("/pods/a", bytes("1"));
      expect(revision).toBeGreaterThan(lost.revision);
      expect(await next).toEqual([`put /pods/a@${String(revision)} = "1"`]);

      const fromLost = after.watch("", { afterRevision: lost.revision, signal: never });
      expect((await failureOf(take(fromLost, 1))).code).toBe("compacted");
      expect((await failureOf(after.listAt("", lost.revision))).code).toBe("compacted");
      expect((await after.listAt("", first.revision)).entries).toHaveLength(1);
    });

    test("remembers lost revisions until they are compacted", async () => {
      await using before = await reopen();
      const { revision } = await before.create("/leases/a", bytes("0"));
      const first = await before.update("/leases/a", revision, bytes("1"), { lazy: true });
      const lost = await before.update("/leases/a", first.revision, bytes("2"), { lazy: true });
      const crashed = await crashInto("crashed");
      const start = crashed.revision;
      await crashed[Symbol.asyncDispose]();

      await using again = await openSqliteStore({ directory: join(home.path, "crashed") });
      expect(again.revision).toBe(start);
      const old = { afterRevision: lost.revision, signal: never };
      expect((await failureOf(take(again.watch("", old), 1))).code).toBe("compacted");
      await again.create("/pods/a", bytes("1"));
      await again.compact(again.revision);
      expect(await failureOf(take(again.watch("", old), 1))).toEqual({
        code: "compacted",
        compactedRevision: again.revision,
      });
    });

    test("has everything when no lazy write was lost", async () => {
      await using before = await reopen();
      const { revision } = await before.create("/pods/a", bytes("1"));
      await using after = await crashInto("crashed");
      expect(after.revision).toBe(revision);
      const { revision: next } = await after.create("/pods/b", bytes("1"));
      expect(next).toBe(revision + 1);
    });

    test("takes a compaction up again that was interrupted", async () => {
      const before = await reopen();
      for (let index = 0; index < 1000; index += 1) {
        const present = before.get("/pods/a");
        if (present === undefined) await before.create("/pods/a", bytes("x".repeat(1000)));
        else await before.update("/pods/a", present.revision, bytes("x".repeat(1000)));
      }
      void before.compact(before.revision - 10).catch(() => undefined);
      await before[Symbol.asyncDispose]();
      const interrupted = (await stat(join(directory, "state.db"))).size;

      await using after = await reopen();
      const { compactedRevision } = after;
      expect(compactedRevision).toBe(after.revision - 10);
      await after.compact(compactedRevision + 1);
      expect(
        await take(after.watch("", { afterRevision: compactedRevision + 1, signal: never }), 9),
      ).toHaveLength(9);
      await after[Symbol.asyncDispose]();
      expect((await stat(join(directory, "state.db"))).size).toBeLessThanOrEqual(interrupted);
      expect(countRows()).toBe(10);
    });
  });

  describe("lazy writes", () => {
    test("reach the disk after the delay without any other write", async () => {
      const clock = new FakeClock();
      await using before = await openSqliteStore({ directory, clock, lazyDelayMs: 1000 });
      const { revision } = await before.create("/leases/a", bytes("0"));
      const first = await before.update("/leases/a", revision, bytes("1"), { lazy: true });
      await before.update("/leases/a", first.revision, bytes("2"), { lazy: true });
      await clock.advance(1000);
      // Answered behind the flush, since the log is asked one thing after the other.
      await before.compact(1);
      await using after = await crashInto("crashed");
      expect(text(after.get("/leases/a")?.value)).toBe("2");
    });
  });

  describe("files", () => {
    test("are readable for their owner only", async () => {
      await using store = await reopen();
      await store.create("/secrets/a", bytes("1"));
      const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
      expect(await mode(directory)).toBe(0o700);
      expect(await mode(join(directory, "state.db"))).toBe(0o600);
      expect(await mode(join(directory, "state.db-wal"))).toBe(0o600);
    });

    test("become so when they were not", async () => {
      await (await reopen())[Symbol.asyncDispose]();
      await chmod(join(directory, "state.db"), 0o644);
      await using _store = await reopen();
      expect((await stat(join(directory, "state.db"))).mode & 0o777).toBe(0o600);
    });

    test("give back the space of what was compacted", async () => {
      const store = await reopen();
      const value = new Uint8Array(10_000);
      const entries = await Promise.all(
        Array.from({ length: 1000 }, (_, index) => store.create(`/pods/${String(index)}`, value)),
      );
      await Promise.all(entries.map(({ key, revision }) => store.delete(key, revision)));
      await store.compact(store.revision);
      await store[Symbol.asyncDispose]();
      expect(countRows()).toBe(0);
      expect((await stat(join(directory, "state.db"))).size).toBeLessThan(2_000_000);
    });

    test("include a write-ahead log of bounded size", async () => {
      await using store = await reopen();
      const value = new Uint8Array(1500);
      for (let round = 0; round < 300; round += 1) {
        await Promise.all(
          Array.from({ length: 64 }, (_, index) =>
            store.create(`/pods/${String(round)}/${String(index)}`, value),
          ),
        );
      }
      expect((await stat(join(directory, "state.db-wal"))).size).toBeLessThan(8 * 1024 * 1024);
    });
  });

  describe("opening", () => {
    test("fails while another store of this process has the directory", async () => {
      await using store = await reopen();
      expect(await failureOf(reopen())).toEqual({ code: "inUse" });
      await store.create("/pods/a", bytes("1"));
      expect(await failureOf(reopen())).toEqual({ code: "inUse" });
    });

    test("fails while another process has the directory", async () => {
      await using store = await reopen();
      const script = `
        const { openSqliteStore } = await import(${JSON.stringify(join(import.meta.dir, "../../src/store/sqlite/sqlite-store.ts"))});
        await openSqliteStore({ directory: ${JSON.stringify(directory)} }).catch((error) => {
          console.log(error.detail.code + ": " + error.message);
        });`;
      const other = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
      expect(await other.stdout.text()).toBe(
        `inUse: Cannot open database "${join(directory, "state.db")}": another process uses it\n`,
      );
      await store.create("/pods/a", bytes("1"));
    });

    test("fails for a format of a newer version, and leaves the file alone", async () => {
      await (await reopen())[Symbol.asyncDispose]();
      const database = new Database(join(directory, "state.db"));
      database.run("PRAGMA user_version = 99");
      database.close();
      expect(await failureOf(reopen())).toEqual({ code: "newerFormat", found: 99, supported: 1 });
      expect(new Database(join(directory, "state.db")).query("PRAGMA user_version").get()).toEqual({
        user_version: 99,
      });
    });

    test.each([
      {
        name: "a file that is no database",
        prepare: async () => {
          await mkdir(directory);
          await writeFile(join(directory, "state.db"), "x".repeat(5000));
        },
      },
      { name: "a directory that is a file", prepare: () => writeFile(directory, "") },
      {
        name: "a database that is a directory",
        prepare: () => mkdir(join(directory, "state.db"), { recursive: true }),
      },
    ])("fails for $name", async ({ prepare }) => {
      await prepare();
      expect(await failureOf(reopen())).toEqual({ code: "storageFailed" });
    });
  });
});
