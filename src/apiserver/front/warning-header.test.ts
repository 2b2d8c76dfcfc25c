import { describe, expect, test } from "bun:test";
import { formatWarnings } from "./warning-header.ts";

describe("formatWarnings", () => {
  const cases: { name: string; texts: string[]; want: string[] }[] = [
    { name: "quotes", texts: ['unknown field "a\\b"'], want: ['299 - "unknown field \\"a\\\\b\\""'] },
    { name: "leaves out what no header can carry", texts: ["a\nb", ""], want: [] },
    { name: "writes UTF-8", texts: ["ä"], want: ['299 - "\u00c3\u00a4"'] },
  ];
  test.each(cases)("$name", ({ texts, want }) => {
    expect(formatWarnings(texts)).toEqual(want);
  });

  test("cuts texts that are too long together", () => {
    const texts = Array.from({ length: 40 }, (_, index) => `${String(index)} ${"x".repeat(500)}`);
    const headers = formatWarnings(texts);
    expect(headers.length).toBe(16);
    expect(headers.every((header) => header.length === '299 - ""'.length + 256)).toBe(true);
  });

  test("drops what comes after it has become too much", () => {
    const texts = Array.from({ length: 50 }, (_, index) => String(index).padEnd(100, "x"));
    expect(formatWarnings(texts)).toHaveLength(41);
  });

  test("counts characters, not their bytes", () => {
    const [header = ""] = formatWarnings(["😀".repeat(4097)]);
    expect(Buffer.from(header, "latin1").toString()).toBe(`299 - "${"😀".repeat(256)}"`);
  });
});
