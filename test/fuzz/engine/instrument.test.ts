import { describe, expect, test } from "bun:test";
import { COUNTERS, instrument } from "./instrument.ts";

describe("instrument", () => {
  test.each<[string, string, string]>([
    ["functions", "function f() { return 1 }", "function f() {C[5]++; return 1 }"],
    ["arrows", "const f = (a) => a", "const f = (a) => (C[5]++,a)"],
    ["statements that are no blocks", "if (a) b(); else c();", "if (a) {C[5]++;b();} else {C[6]++;c();}"],
    ["conditions", "x = a ? b : c || d", "x = a ? (C[5]++,b) : (C[6]++,c || (C[7]++,d))"],
    [
      "loops and cases",
      "while (a) switch (b) { case 1: c() }",
      "while (a) {C[5]++;switch (b) { case 1: C[6]++;c() }}",
    ],
  ])("counts %s", (_name, source, want) => {
    const { text, branches } = instrument("a.ts", source, 5);
    expect(text.replaceAll(COUNTERS, "C")).toBe(want);
    expect(branches).toBe(want.split("++").length - 1);
  });
});
