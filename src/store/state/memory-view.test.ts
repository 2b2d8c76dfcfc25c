import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aDelete, anEntry, aPut } from "#testing/store-events.ts";
import { MemoryView } from "./memory-view.ts";

const KEYS = ["/a", "/b/", "/b/1", "/b/2", "/b/2/x", "/b0", "/bb/1", "/c/1", "/é/1", "/z"];

describe("MemoryView", () => {
  test("lists, pages and counts as a filter over all entries would", () => {
    const view = fc.subarray(KEYS);
    const prefix = fc.constantFrom("", "/", "/b", "/b/", "/b/2", "/c/", "/é", "/zz", "~");
    const after = fc.option(fc.constantFrom(...KEYS, "", "/b/15"), { nil: undefined });
    const limit = fc.option(fc.nat(5), { nil: undefined });
    fc.assert(
      fc.property(view, prefix, after, limit, (keys, prefix, after, limit) => {
        const memory = new MemoryView();
        for (const [index, key] of keys.entries()) memory.apply(aPut(key, index + 1));
        const behind = keys
          .sort()
          .filter((key) => key.startsWith(prefix) && (after === undefined || key > after));
        const { entries, remaining } = memory.list(prefix, {
          ...(after !== undefined && { after }),
          ...(limit !== undefined && { limit }),
        });
        expect(entries.map(({ key }) => key)).toEqual(behind.slice(0, limit));
        expect(remaining).toBe(behind.length - entries.length);
        expect(memory.count(prefix)).toBe(keys.filter((key) => key.startsWith(prefix)).length);
      }),
    );
  });

  test("starts from entries in order and follows changes", () => {
    const [a, b] = [anEntry("/a", 1), anEntry("/b", 2)];
    const view = new MemoryView([a, b]);
    const update = aPut("/a", 3, a);
    view.apply(update);
    view.apply(aDelete(b, 4));
    expect(view.get("/a")).toBe(update.entry);
    expect(view.get("/b")).toBeUndefined();
    expect(view.list("").entries).toEqual([update.entry]);
  });
});
