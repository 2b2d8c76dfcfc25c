import { describe, expect, test } from "bun:test";
import { bytes, describeEvent, failureOf, IMPLEMENTATIONS, take, text, useStore } from "./store-fixtures.ts";

describe.each(IMPLEMENTATIONS)("Store: $name", ({ open }) => {
  const under = useStore(open);

  describe("create", () => {
    test("stores the value under a new revision", async () => {
      const before = under.store.revision;
      const entry = await under.store.create("/pods/a", bytes("one"));
      expect(entry).toMatchObject({ key: "/pods/a", revision: before + 1, createRevision: before + 1 });
      expect(text(under.store.get("/pods/a")?.value)).toBe("one");
      expect(under.store.revision).toBe(before + 1);
    });

    test("rejects an existing key and carries what is there", async () => {
      const present = await under.store.create("/pods/a", bytes("one"));
      expect(await failureOf(under.store.create("/pods/a", bytes("two")))).toEqual({
        code: "keyExists",
        present,
      });
      expect(text(under.store.get("/pods/a")?.value)).toBe("one");
      expect(under.store.revision).toBe(present.revision);
    });

    test("begins a new life after a deletion", async () => {
      const first = await under.store.create("/pods/a", bytes("one"));
      await under.remove("/pods/a");
      const second = await under.store.create("/pods/a", bytes("two"));
      expect(second.createRevision).toBe(second.revision);
      expect(second.revision).toBe(first.revision + 2);
    });

    test("keeps values of any size", async () => {
      const large = new Uint8Array(3 * 1024 * 1024).map((_, index) => index % 251);
      await Promise.all([
        under.store.create("/large", large),
        under.store.create("/empty", new Uint8Array(0)),
      ]);
      expect(Bun.deepEquals(under.store.get("/large")?.value, large)).toBe(true);
      expect(under.store.get("/empty")?.value).toEqual(new Uint8Array(0));
    });
  });

  describe("update", () => {
    test("replaces the value at the expected revision and keeps the create revision", async () => {
      const first = await under.store.create("/pods/a", bytes("one"));
      const second = await under.store.update("/pods/a", first.revision, bytes("two"));
      expect(second).toMatchObject({ createRevision: first.revision, revision: first.revision + 1 });
      expect(text(under.store.get("/pods/a")?.value)).toBe("two");
    });

    test("rejects another revision and carries what is there", async () => {
      const first = await under.store.create("/pods/a", bytes("one"));
      const present = await under.store.update("/pods/a", first.revision, bytes("two"));
      expect(await failureOf(under.store.update("/pods/a", first.revision, bytes("three")))).toEqual({
        code: "conflict",
        present,
      });
    });

    test("rejects a key that does not exist", async () => {
      expect(await failureOf(under.store.update("/pods/none", 1, bytes("x")))).toEqual({
        code: "conflict",
        present: undefined,
      });
    });

    test("lets exactly one of many win", async () => {
      const { revision } = await under.store.create("/pods/a", bytes("start"));
      const attempts = Array.from({ length: 20 }, (_, index) =>
        under.store.update("/pods/a", revision, bytes(String(index))),
      );
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const present = under.store.get("/pods/a");
      for (const attempt of attempts.slice(1)) {
        expect(await failureOf(attempt)).toEqual({ code: "conflict", present });
      }
    });
  });

  describe("delete", () => {
    test("removes the key and returns what it held and the revision of the removal", async () => {
      const entry = await under.store.create("/pods/a", bytes("one"));
      const { previous, revision } = await under.store.delete("/pods/a", entry.revision);
      expect(previous).toBe(entry);
      expect(revision).toBe(entry.revision + 1);
      expect(under.store.get("/pods/a")).toBeUndefined();
      expect(under.store.revision).toBe(revision);
    });

    test("rejects another revision and an absent key", async () => {
      const present = await under.store.create("/pods/a", bytes("one"));
      expect(await failureOf(under.store.delete("/pods/a", present.revision + 1))).toEqual({
        code: "conflict",
        present,
      });
      expect(await failureOf(under.store.delete("/pods/b", 1))).toEqual({
        code: "conflict",
        present: undefined,
      });
    });
  });

  describe("order of writes", () => {
    test("decides each write against those called before it", async () => {
      const { revision } = await under.store.create("/pods/a", bytes("one"));
      const results = await Promise.allSettled([
        under.store.delete("/pods/a", revision),
        under.store.create("/pods/a", bytes("two")),
        under.store.create("/pods/a", bytes("three")),
        under.store.update("/pods/a", revision + 2, bytes("four")),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        "fulfilled",
        "fulfilled",
        "rejected",
        "fulfilled",
      ]);
      expect(text(under.store.get("/pods/a")?.value)).toBe("four");
    });

    test("gives concurrent writes revisions in the order of the calls", async () => {
      const start = under.store.revision;
      const entries = await Promise.all(
        Array.from({ length: 100 }, (_, index) => under.store.create(`/pods/${String(index)}`, bytes("x"))),
      );
      expect(entries.map(({ revision }) => revision - start)).toEqual(entries.map((_, index) => index + 1));
    });

    test("shows nothing of a write before it is answered", async () => {
      const { revision } = await under.store.create("/pods/a", bytes("one"));
      const writing = under.store.update("/pods/a", revision, bytes("two"));
      const refused = failureOf(under.store.update("/pods/a", revision, bytes("three")));
      expect(text(under.store.get("/pods/a")?.value)).toBe("one");
      expect(under.store.revision).toBe(revision);
      const entry = await writing;
      expect(await refused).toEqual({ code: "conflict", present: entry });
      expect(under.store.get("/pods/a")).toBe(entry);
    });
  });

  describe("lazy writes", () => {
    test("are visible at once, in order with the others", async () => {
      const created = await under.store.create("/leases/n1", bytes("0"));
      let { revision } = await under.store.update("/leases/n1", created.revision, bytes("1"), { lazy: true });
      for (let renewal = 2; renewal <= 5; renewal += 1) {
        const writing = under.store.update("/leases/n1", revision, bytes(String(renewal)), { lazy: true });
        expect(text(under.store.get("/leases/n1")?.value)).toBe(String(renewal));
        revision = (await writing).revision;
      }
      expect(revision).toBe(created.revision + 5);
      await under.put("/pods/a", "x");
      expect((await under.store.update("/leases/n1", revision, bytes("6"), { lazy: true })).revision).toBe(
        revision + 2,
      );
    });

    test("reach watchers, at least the newest of each key for those that come late", async () => {
      let { revision } = await under.store.create("/leases/n1", bytes("0"));
      const created = revision;
      const live = take(under.watch("/leases/", created), 5);
      for (const value of ["1", "2", "3", "4", "5"]) {
        ({ revision } = await under.store.update("/leases/n1", revision, bytes(value), { lazy: true }));
      }
      expect((await live).map((line) => / = "(.)"/.exec(line)?.[1])).toEqual(["1", "2", "3", "4", "5"]);
      for (const name of ["a", "b", "c"]) await under.put(`/pods/${name}`, "x");
      const late: string[] = [];
      for await (const batch of under.watch("", created)) {
        late.push(...batch.map(describeEvent));
        if (late.at(-1)?.startsWith("put /pods/c") === true) break;
      }
      expect(late.slice(-4)[0]).toStartWith(`put /leases/n1@${String(revision)} = "5"`);
    });

    test("keep their place behind a durable write that is under way", async () => {
      const lease = await under.store.create("/leases/n1", bytes("0"));
      const first = await under.store.update("/leases/n1", lease.revision, bytes("1"), { lazy: true });
      const durable = under.store.create("/pods/a", bytes("x"));
      const lazy = under.store.update("/leases/n1", first.revision, bytes("2"), { lazy: true });
      expect((await lazy).revision).toBe((await durable).revision + 1);
    });

    test("are guarded like others", async () => {
      const present = await under.store.create("/leases/n1", bytes("0"));
      expect(
        await failureOf(under.store.update("/leases/n1", present.revision + 7, bytes("1"), { lazy: true })),
      ).toEqual({ code: "conflict", present });
    });
  });

  describe("closing", () => {
    test("finishes the writes that were called, and refuses later ones", async () => {
      const writing = under.store.create("/pods/a", bytes("1"));
      const closing = under.store[Symbol.asyncDispose]();
      expect(await failureOf(under.store.create("/pods/b", bytes("1")))).toEqual({ code: "closed" });
      await closing;
      expect((await writing).key).toBe("/pods/a");
    });

    test("fails the watches", async () => {
      const failure = failureOf(take(under.watch("/pods/", under.store.revision), 1));
      await under.store[Symbol.asyncDispose]();
      expect(await failure).toEqual({ code: "closed" });
    });

    test("can be repeated", async () => {
      await under.store[Symbol.asyncDispose]();
      await under.store[Symbol.asyncDispose]();
    });
  });

  test("sync resolves once reads are up to date", async () => {
    await under.put("/pods/a", "1");
    await under.store.sync();
    expect(text(under.store.get("/pods/a")?.value)).toBe("1");
  });
});
