import { describe, expect, test } from "bun:test";
import { PrefixIndex } from "./prefix-index.ts";

function indexOf(...prefixes: string[]): PrefixIndex<string> {
  const index = new PrefixIndex<string>();
  for (const prefix of prefixes) index.set(prefix, prefix);
  return index;
}

describe("PrefixIndex", () => {
  const cases: readonly { readonly key: string; readonly want: readonly string[] }[] = [
    { key: "/pods/ns/a", want: ["", "/pods/", "/pods/ns/", "/pods/ns/a"] },
    { key: "/pods/ns/ab", want: ["", "/pods/", "/pods/ns/", "/pods/ns/a"] },
    { key: "/pods/ns", want: ["", "/pods/"] },
    { key: "/pods/nsx/a", want: ["", "/pods/"] },
    { key: "/nodes/a", want: [""] },
    { key: "", want: [""] },
  ];

  test.each(cases)('finds the prefixes of "$key"', ({ key, want }) => {
    const index = indexOf("", "/pods/", "/pods/ns/", "/pods/ns/a", "/services/");
    expect(index.matching(key).sort()).toEqual([...want]);
  });

  test("forgets what was deleted, and nothing else of that length", () => {
    const index = indexOf("/a/", "/b/");
    index.delete("/a/");
    index.delete("/a/");
    index.delete("/c/");
    expect(index.matching("/a/x")).toEqual([]);
    expect(index.matching("/b/x")).toEqual(["/b/"]);
    expect([...index.values()]).toEqual(["/b/"]);
  });

  test("keeps one value for each prefix", () => {
    const index = indexOf("/a/");
    index.set("/a/", "second");
    expect(index.get("/a/")).toBe("second");
    expect(index.matching("/a/x")).toEqual(["second"]);
    index.delete("/a/");
    expect(index.matching("/a/x")).toEqual([]);
  });
});
