import { describe, expect, test } from "bun:test";
import type { StoreEvent } from "#store/store.ts";
import { bytes, describeEvent, failureOf, IMPLEMENTATIONS, take, useStore } from "./store-fixtures.ts";

describe.each(IMPLEMENTATIONS)("Store: $name", ({ open }) => {
  const under = useStore(open);

  describe("watch", () => {
    test("brings changes with what they replaced, in order", async () => {
      const start = under.store.revision;
      const events = take(under.watch("/pods/", start), 4);
      await under.put("/pods/a", "1");
      await under.put("/pods/a", "2");
      await under.remove("/pods/a");
      await under.put("/pods/a", "3");
      expect(await events).toEqual([
        `put /pods/a@${String(start + 1)} = "1"`,
        `put /pods/a@${String(start + 2)} = "2" (was "1")`,
        `delete /pods/a@${String(start + 3)} (was "2")`,
        `put /pods/a@${String(start + 4)} = "3"`,
      ]);
    });

    test("starts from every kept revision", async () => {
      const start = under.store.revision;
      for (const value of ["1", "2", "3"]) {
        await under.put("/pods/a", value);
        await under.put("/pods/b", value);
      }
      await under.remove("/pods/a");
      const all = await take(under.watch("/pods/", start), 7);
      for (const [index] of all.entries()) {
        expect(await take(under.watch("/pods/", start + index), 7 - index)).toEqual(all.slice(index));
      }
    });

    test("goes on with new changes behind old ones", async () => {
      const start = under.store.revision;
      for (let index = 0; index < 50; index += 1) await under.put("/pods/a", String(index));
      const seen: string[] = [];
      for await (const batch of under.watch("/pods/", start)) {
        seen.push(...batch.map(describeEvent));
        if (seen.length < 100 && under.store.revision < start + 100) await under.put("/pods/a", "more");
        if (seen.length === 100) break;
      }
      expect(seen.map((line) => Number(/@(\d+)/.exec(line)?.[1]) - start)).toEqual(
        Array.from({ length: 100 }, (_, index) => index + 1),
      );
    });

    test("leaves out other prefixes", async () => {
      const start = under.store.revision;
      const namespace = take(under.watch("/pods/ns/", start), 1);
      const key = take(under.watch("/pods/ns/b", start), 1);
      const everything = take(under.watch("", start), 3);
      await under.put("/pods/ns-bad/b", "x");
      await under.put("/services/ns/b", "x");
      await under.put("/pods/ns/b", "x");
      const event = `put /pods/ns/b@${String(start + 3)} = "x"`;
      expect(await Promise.all([namespace, key])).toEqual([[event], [event]]);
      expect(await everything).toHaveLength(3);
    });

    test("waits for a revision that does not exist yet", async () => {
      const start = under.store.revision;
      const events = take(under.watch("/pods/", start + 2), 1);
      for (const value of ["1", "2", "3"]) await under.put("/pods/a", value);
      expect(await events).toEqual([`put /pods/a@${String(start + 3)} = "3" (was "2")`]);
    });

    test("shows a change to readers no later than to watchers", async () => {
      const reader = (async () => {
        for await (const [event] of under.watch("/pods/", under.store.revision)) {
          return event?.type === "put" && under.store.get("/pods/a") === event.entry;
        }
        return undefined;
      })();
      await under.put("/pods/a", "1");
      expect(await reader).toBe(true);
    });

    test("gives the same entry to all watchers and readers", async () => {
      const watchers = Array.from({ length: 3 }, () =>
        under.watch("/pods/", under.store.revision)[Symbol.asyncIterator](),
      );
      const entry = await under.put("/pods/a", "1");
      for (const watcher of watchers) {
        const { value } = (await watcher.next()) as IteratorYieldResult<readonly StoreEvent[]>;
        const [event] = value;
        expect(event?.type === "put" && event.entry).toBe(entry);
      }
    });

    test("ends when its signal aborts, also while it waits", async () => {
      const iterator = under.watch("/pods/", under.store.revision)[Symbol.asyncIterator]();
      const waiting = iterator.next();
      under.stop.abort();
      expect((await waiting).done).toBe(true);
      expect((await iterator.next()).done).toBe(true);
    });

    test("brings nothing after the abort, not even what waited", async () => {
      const iterator = under.watch("/pods/", under.store.revision)[Symbol.asyncIterator]();
      await under.put("/pods/a", "1");
      under.stop.abort();
      expect((await iterator.next()).done).toBe(true);
    });

    test("ends at once when its signal was aborted before", async () => {
      under.stop.abort();
      for await (const batch of under.watch("/pods/", 0)) expect(batch).toBeUndefined();
    });

    test("fails for a reader that is too slow, and for no other", async () => {
      await using limited = await open({ maxPendingEvents: 10 });
      const options = { afterRevision: limited.store.revision, signal: under.stop.signal };
      const slow = limited.store.watch("/pods/", options);
      const quick = take(limited.store.watch("/pods/", options), 20);
      for (let index = 0; index < 20; index += 1)
        await limited.store.create(`/pods/${String(index)}`, bytes("x"));
      expect(await failureOf(take(slow, 1))).toEqual({ code: "slowWatcher" });
      expect(await quick).toHaveLength(20);
    });

    test("does not take a long history for slowness", async () => {
      await using limited = await open({ maxPendingEvents: 10 });
      for (let index = 0; index < 30; index += 1)
        await limited.store.create(`/pods/${String(index)}`, bytes("x"));
      const options = { afterRevision: 0, signal: under.stop.signal };
      expect(await take(limited.store.watch("/pods/", options), 30)).toHaveLength(30);
    });
  });
});
