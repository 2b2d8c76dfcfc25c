import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { CHECKS, SUITES } from "./checks.ts";
import { changesOf, weaken } from "./proof/weakening.ts";

describe("CHECKS", () => {
  test.each(CHECKS)("$name is where it is taken out", (check) => {
    for (const change of changesOf(check)) {
      const text = readFileSync(change.file, "utf8");
      expect(weaken(text, change)).not.toBe(text);
    }
  });

  test("have names of their own", () => {
    const names = CHECKS.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("are there for every suite", () => {
    const suites = new Set(CHECKS.map(({ suite }) => suite));
    expect(SUITES.filter((suite) => !suites.has(suite))).toEqual([]);
  });
});

describe("weaken", () => {
  const change = (exact: string) => ({ file: "a.ts", replace: [exact, "b"] }) as const;

  test("takes a text for another", () => {
    expect(weaken("(a)", change("a"))).toBe("(b)");
  });

  test.each(["aa", "c"])("refuses %s, which has not exactly one", (text) => {
    expect(() => weaken(text, change("a"))).toThrow("instead of once: a");
  });
});
