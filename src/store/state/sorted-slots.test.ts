import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Slot, SortedSlots } from "./sorted-slots.ts";

function slot(key: string): Slot {
  return { key, entry: { key, value: new Uint8Array(0), createRevision: 1, revision: 1 } };
}

function keysOf(slots: SortedSlots): string[] {
  return slots.slice(0, slots.size).map(({ key }) => key);
}

/** Enough keys for several chunks, few enough for many of them to come back. */
const KEYS = fc.integer({ min: 0, max: 1500 }).map((number) => `/k/${String(number).padStart(4, "0")}`);

describe("SortedSlots", () => {
  test("keeps keys in order, and positions right, through insertions and removals", () => {
    const steps = fc.array(fc.record({ key: KEYS, isRemoval: fc.boolean() }), {
      size: "max",
      maxLength: 3000,
    });
    fc.assert(
      fc.property(steps, fc.array(KEYS, { maxLength: 20 }), (changes, probes) => {
        const slots = new SortedSlots();
        const model = new Set<string>();
        for (const { key, isRemoval } of changes) {
          if (isRemoval && model.delete(key)) slots.remove(key);
          if (!isRemoval && !model.has(key)) {
            model.add(key);
            slots.insert(slot(key));
          }
        }
        const sorted = [...model].sort();
        expect(keysOf(slots)).toEqual(sorted);
        for (const probe of probes) {
          const rank = slots.rank((key) => key < probe);
          expect(rank).toBe(sorted.filter((key) => key < probe).length);
          expect(slots.slice(rank, rank + 300).map(({ key }) => key)).toEqual(sorted.slice(rank, rank + 300));
        }
      }),
      // Shrinking so long a list of steps would take minutes.
      { numRuns: 30, endOnFailure: true },
    );
  });

  test("starts from slots in order", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `/k/${String(index).padStart(4, "0")}`);
    const slots = new SortedSlots(keys.map(slot));
    slots.insert(slot("/k/0500a"));
    expect(slots.size).toBe(1001);
    expect(slots.slice(499, 503).map(({ key }) => key)).toEqual([
      "/k/0499",
      "/k/0500",
      "/k/0500a",
      "/k/0501",
    ]);
  });

  test("is empty again when everything has been removed", () => {
    const slots = new SortedSlots(["a", "b"].map(slot));
    slots.remove("a");
    slots.remove("b");
    expect(slots.size).toBe(0);
    expect(slots.slice(0, 10)).toEqual([]);
    slots.insert(slot("c"));
    expect(keysOf(slots)).toEqual(["c"]);
  });

  test("refuses to remove a key that it does not have", () => {
    expect(() => new SortedSlots(["a"].map(slot)).remove("b")).toThrow(RangeError);
  });
});
