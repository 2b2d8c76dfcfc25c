import { describe, expect, test } from "bun:test";
import type { Entry } from "#store/store.ts";
import { initialBatches } from "./initial-batches.ts";

function anEntry(kibibytes: number): Entry {
  return { key: "", value: Buffer.alloc(kibibytes * 1024), revision: 1, createRevision: 1 };
}

interface Case {
  readonly name: string;
  /** The sizes of the objects, in KiB. */
  readonly sizes: readonly number[];
  readonly isMarked?: boolean;
  readonly want: string;
}

const cases: readonly Case[] = [
  { name: "nothing", sizes: [], want: "" },
  { name: "nothing, marked", sizes: [], isMarked: true, want: "end" },
  { name: "little", sizes: [1, 2, 3], want: "1 2 3" },
  { name: "little, marked", sizes: [1, 2, 3], isMarked: true, want: "1 2 3 end" },
  { name: "more than a batch", sizes: [40, 20, 10, 1], want: "40 20 10 | 1" },
  { name: "batches without a rest", sizes: [64, 100], want: "64 | 100" },
  { name: "batches without a rest, marked", sizes: [64, 100], isMarked: true, want: "64 | 100 | end" },
  {
    name: "objects larger than a batch",
    sizes: [1000, 1, 1000, 1],
    isMarked: true,
    want: "1000 | 1 1000 | 1 end",
  },
];

describe("initialBatches", () => {
  test.each(cases)("divides $name", ({ sizes, isMarked = false, want }) => {
    const batches = initialBatches(sizes.map(anEntry), { isMarked }).map((batch) =>
      [
        ...batch.entries.map(({ value }) => String(value.length / 1024)),
        ...(batch.isMarked ? ["end"] : []),
      ].join(" "),
    );
    expect(batches.join(" | ")).toBe(want);
  });
});
