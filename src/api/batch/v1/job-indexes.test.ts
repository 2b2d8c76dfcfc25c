import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { countIndexes, findCommonIndex } from "./job-indexes.ts";

describe("countIndexes", () => {
  test.each<[text: string, count: number]>([
    ["", 0],
    ["3", 1],
    ["1,3-5,7", 5],
  ])("%p has %d", (text, count) => {
    expect(countIndexes(text, 10)).toBe(count);
  });

  test.each<[text: string, message: string]>([
    ["10", 'too large index: "10"'],
    ["1-10", 'too large index: "10"'],
    ["a", 'cannot convert string to integer for index: "a"'],
    ["1,", 'cannot convert string to integer for index: ""'],
    ["3,2", "non-increasing order, previous: 3, current: 2"],
    ["3-3", "non-increasing order, previous: 3, current: 3"],
    [
      "1-2-3",
      `the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
  ])("refuses %p", (text, message) => {
    expect(() => countIndexes(text, 10)).toThrow(message);
  });
});

/** The text form of a set, each run of neighbours as an interval. */
function format(indexes: readonly number[]): string {
  const parts: string[] = [];
  for (let start = 0; start < indexes.length; ) {
    let end = start;
    while (indexes[end + 1] === (indexes[end] ?? 0) + 1) end++;
    parts.push(start === end ? String(indexes[start]) : `${String(indexes[start])}-${String(indexes[end])}`);
    start = end + 1;
  }
  return parts.join(",");
}

const sets = fc.uniqueArray(fc.nat(30)).map((indexes) => indexes.toSorted((a, b) => a - b));

test("countIndexes counts any set", () => {
  fc.assert(
    fc.property(sets, (indexes) => {
      expect(countIndexes(format(indexes), 31)).toBe(indexes.length);
    }),
  );
});

test("findCommonIndex finds an index of both sets, if there is one", () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const common = a.filter((index) => b.includes(index));
      const found = findCommonIndex(format(a), format(b), 31);
      if (common.length === 0) expect(found).toBeUndefined();
      else expect(common).toContain(found ?? -1);
    }),
  );
});

test("findCommonIndex skips intervals that cannot be read", () => {
  expect(findCommonIndex("x,2-4", "1,y-z,4", 10)).toBe(4);
});
