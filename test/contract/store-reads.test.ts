import { beforeEach, describe, expect, test } from "bun:test";
import type { Listing } from "#store/store.ts";
import { bytes, failureOf, IMPLEMENTATIONS, take, text, useStore } from "./store-fixtures.ts";

describe.each(IMPLEMENTATIONS)("Store: $name", ({ open }) => {
  const under = useStore(open);

  describe("reads", () => {
    const keysOf = ({ entries }: Listing): readonly string[] => entries.map(({ key }) => key);

    beforeEach(async () => {
      for (const key of ["/pods/b/2", "/pods/a/1", "/pods/b/1", "/pods/bb/1", "/services/a/1"]) {
        await under.put(key, key);
      }
    });

    test("find nothing under an unknown key or prefix", () => {
      expect(under.store.get("/pods/b")).toBeUndefined();
      expect(under.store.list("/nodes/")).toEqual({
        entries: [],
        remaining: 0,
        revision: under.store.revision,
      });
      expect(under.store.count("/nodes/")).toBe(0);
    });

    test.each([
      {
        name: "everything",
        prefix: "",
        want: ["/pods/a/1", "/pods/b/1", "/pods/b/2", "/pods/bb/1", "/services/a/1"],
      },
      { name: "a kind", prefix: "/pods/", want: ["/pods/a/1", "/pods/b/1", "/pods/b/2", "/pods/bb/1"] },
      {
        name: "a namespace and none that only begins alike",
        prefix: "/pods/b/",
        want: ["/pods/b/1", "/pods/b/2"],
      },
      { name: "keys that begin alike", prefix: "/pods/b", want: ["/pods/b/1", "/pods/b/2", "/pods/bb/1"] },
      { name: "a whole key", prefix: "/pods/a/1", want: ["/pods/a/1"] },
      { name: "what is behind the last key", prefix: "/zzz", want: [] },
    ])("list $name in order of key", ({ prefix, want }) => {
      const listing = under.store.list(prefix);
      expect(keysOf(listing)).toEqual(want);
      expect(listing).toMatchObject({ remaining: 0, revision: under.store.revision });
      expect(under.store.count(prefix)).toBe(want.length);
    });

    test.each([
      { name: "the first page", options: { limit: 2 }, want: ["/pods/a/1", "/pods/b/1"], remaining: 2 },
      { name: "the next page", options: { after: "/pods/b/1", limit: 1 }, want: ["/pods/b/2"], remaining: 1 },
      {
        name: "the last page",
        options: { after: "/pods/b/2", limit: 5 },
        want: ["/pods/bb/1"],
        remaining: 0,
      },
      {
        name: "a page after a key that is gone",
        options: { after: "/pods/b/15" },
        want: ["/pods/b/2", "/pods/bb/1"],
        remaining: 0,
      },
      {
        name: "a page that starts before the prefix",
        options: { after: "/a", limit: 1 },
        want: ["/pods/a/1"],
        remaining: 3,
      },
      { name: "a page behind everything", options: { after: "/q" }, want: [], remaining: 0 },
      { name: "no entries, but how many there are", options: { limit: 0 }, want: [], remaining: 4 },
    ])("list $name", async ({ options, want, remaining }) => {
      const present = under.store.list("/pods/", options);
      expect(keysOf(present)).toEqual(want);
      expect(present.remaining).toBe(remaining);
      expect(await under.store.listAt("/pods/", under.store.revision, options)).toEqual(present);
    });

    test("return the same frozen entry for the same revision", async () => {
      const entry = await under.put("/pods/a/1", "new");
      expect(Object.isFrozen(entry)).toBe(true);
      expect(under.store.get("/pods/a/1")).toBe(entry);
      expect(under.store.list("/pods/a/").entries[0]).toBe(entry);
      expect((await under.store.listAt("/pods/a/", under.store.revision)).entries[0]).toBe(entry);
    });

    test("return a listing that later writes do not change", async () => {
      const listing = under.store.list("/pods/b/");
      await under.put("/pods/b/0", "x");
      await under.remove("/pods/b/1");
      expect(keysOf(listing)).toEqual(["/pods/b/1", "/pods/b/2"]);
    });
  });

  describe("listAt", () => {
    const at = async (revision: number, options?: { after?: string; limit?: number }): Promise<string> => {
      const { entries, remaining } = await under.store.listAt("/pods/", revision, options);
      const shown = entries.map(({ key, value }) => `${key.slice("/pods/".length)}=${text(value) ?? ""}`);
      return `${shown.join(" ")} +${String(remaining)}`;
    };

    test("shows every kept revision as it was", async () => {
      const start = under.store.revision;
      await under.put("/pods/a", "1");
      await under.put("/pods/b", "1");
      await under.put("/services/a", "1");
      await under.put("/pods/a", "2");
      await under.remove("/pods/b");
      await under.put("/pods/b", "2");
      await under.put("/pods/c", "1");
      const seen = [];
      for (let revision = start; revision <= under.store.revision; revision += 1)
        seen.push(await at(revision));
      expect(seen).toEqual([
        " +0",
        "a=1 +0",
        "a=1 b=1 +0",
        "a=1 b=1 +0",
        "a=2 b=1 +0",
        "a=2 +0",
        "a=2 b=2 +0",
        "a=2 b=2 c=1 +0",
      ]);
    });

    test("pages through an old revision while the keys change", async () => {
      for (const name of ["b", "d", "f", "h", "j"]) await under.put(`/pods/${name}`, "old");
      const { revision } = under.store;
      await under.put("/pods/a", "new");
      await under.remove("/pods/b");
      await under.put("/pods/d", "new");
      await under.put("/pods/e", "new");
      await under.remove("/pods/j");
      expect(await at(revision, { limit: 2 })).toBe("b=old d=old +3");
      expect(await at(revision, { after: "/pods/d", limit: 2 })).toBe("f=old h=old +1");
      expect(await at(revision, { after: "/pods/h", limit: 2 })).toBe("j=old +0");
    });

    test("rejects a revision that does not exist yet", async () => {
      const revision = under.store.revision + 1;
      expect(await failureOf(under.store.listAt("/pods/", revision))).toEqual({
        code: "futureRevision",
        revision,
      });
    });
  });

  describe("compact", () => {
    test("forgets history and keeps the newest value of every key", async () => {
      const start = under.store.revision;
      for (const value of ["1", "2", "3"]) await under.put("/pods/a", value);
      await under.put("/pods/b", "1");
      await under.put("/pods/c", "1");
      await under.remove("/pods/c");
      const { revision } = under.store;
      await under.put("/pods/a", "4");
      await under.store.compact(revision);
      expect(under.store.compactedRevision).toBe(revision);
      const compacted = { code: "compacted", compactedRevision: revision } as const;
      for (let old = start; old < revision; old += 1) {
        expect(await failureOf(under.store.listAt("/pods/", old))).toEqual(compacted);
        expect(await failureOf(take(under.watch("/pods/", old), 1))).toEqual(compacted);
      }
      const { entries } = await under.store.listAt("/pods/", revision);
      expect(entries.map(({ key, value }) => `${key}=${text(value) ?? ""}`)).toEqual([
        "/pods/a=3",
        "/pods/b=1",
      ]);
      expect(await take(under.watch("/pods/", revision), 1)).toEqual([
        `put /pods/a@${String(revision + 1)} = "4" (was "3")`,
      ]);
      expect(under.store.count("/pods/")).toBe(2);
    });

    test("can be repeated, and never goes back", async () => {
      for (const value of ["1", "2", "3", "4"]) await under.put("/pods/a", value);
      await under.store.compact(under.store.revision - 1);
      await under.store.compact(under.store.revision - 2);
      expect(under.store.compactedRevision).toBe(under.store.revision - 1);
      await under.store.compact(under.store.revision);
      expect(under.store.compactedRevision).toBe(under.store.revision);
      expect(text(under.store.get("/pods/a")?.value)).toBe("4");
    });

    test("rejects a revision that does not exist yet", async () => {
      const revision = under.store.revision + 1;
      expect(await failureOf(under.store.compact(revision))).toEqual({ code: "futureRevision", revision });
    });

    test("stops a watch that had not read what is gone", async () => {
      await using forgetful = await open({ recent: { maxEvents: 0 } });
      for (let index = 0; index < 30; index += 1)
        await forgetful.store.create(`/pods/${String(index)}`, bytes("x"));
      const old = forgetful.store.watch("/pods/", { afterRevision: 0, signal: under.stop.signal });
      await forgetful.store.compact(20);
      expect(await failureOf(take(old, 30))).toEqual({ code: "compacted", compactedRevision: 20 });
    });

    test("lets writes and watches go on", async () => {
      for (let index = 0; index < 300; index += 1)
        await under.put(`/pods/${String(index % 10)}`, String(index));
      const start = under.store.revision;
      const events = take(under.watch("/pods/", start), 50);
      const compacting = under.store.compact(start);
      for (let index = 0; index < 50; index += 1)
        await under.put(`/pods/${String(index % 10)}`, String(index));
      await compacting;
      expect(await events).toHaveLength(50);
    });
  });
});
