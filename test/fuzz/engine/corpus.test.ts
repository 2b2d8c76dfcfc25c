import { describe, expect, test } from "bun:test";
import { formatCorpus, parseCorpus } from "./corpus.ts";

const ENTRIES = [{ input: Buffer.from("a\n# b"), reason: "was a crash" }, { input: Buffer.from('"ä') }];

describe("a corpus", () => {
  test.each(["text", "bytes"] as const)("of %s is read as it was written", (form) => {
    expect(parseCorpus(formatCorpus(ENTRIES, form), form)).toEqual(ENTRIES);
  });

  test("has a line for each input, and one for each reason", () => {
    expect(formatCorpus(ENTRIES, "text")).toBe('# was a crash\n"a\\n# b"\n"\\"ä"\n');
    expect(formatCorpus(ENTRIES.slice(0, 1), "bytes")).toBe("# was a crash\nYQojIGI=\n");
  });
});
