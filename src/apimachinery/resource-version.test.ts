import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { compareResourceVersions } from "./resource-version.ts";

describe("compareResourceVersions", () => {
  test("orders as the numbers do, of any length", () => {
    const revision = fc.bigInt({ min: 1n, max: 2n ** 80n });
    fc.assert(
      fc.property(revision, revision, (a, b) => {
        const want = a < b ? -1 : Number(a > b);
        expect(Math.sign(compareResourceVersions(String(a), String(b)))).toBe(want);
      }),
    );
  });

  test.each(["", "0", "01", "-1", "abc", "1.5"])("refuses %p", (text) => {
    expect(() => compareResourceVersions(text, "1")).toThrow("resource version is not well formed");
  });
});
