import { describe, expect, test } from "bun:test";
import { judgeGrowth } from "./memory.ts";

const MEBIBYTE = 1024 * 1024;
const usages = (heap: readonly number[], rss: readonly number[]) =>
  heap.map((each, index) => ({ heap: each * MEBIBYTE, rss: (rss[index] ?? 0) * MEBIBYTE }));

describe("memory", () => {
  test.each<[string, number[], number[], string | undefined]>([
    ["stays", [10, 10, 10], [90, 90, 90], undefined],
    ["grows a little", [10, 10.5, 11], [90, 95, 100], undefined],
    ["grows, and shrinks again", [10, 30, 20], [90, 290, 190], undefined],
    ["of the heap grows", [10, 12, 14], [90, 90, 90], "The heap grows: 10.0, 12.0, 14.0 MiB"],
    ["of the process grows", [10, 10, 10], [90, 130, 170], "The process grows: 90.0, 130.0, 170.0 MiB"],
  ])("that %s", (_name, heap, rss, want) => {
    expect(judgeGrowth(usages(heap, rss))).toBe(want);
  });
});
