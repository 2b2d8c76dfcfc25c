import { describe, expect, test } from "bun:test";
import { joinPieces } from "./join-pieces.ts";

const [a, b, c] = ["a", "b", "c"].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];

describe("joinPieces", () => {
  const cases: readonly { name: string; pieces: readonly Uint8Array[]; want: string }[] = [
    { name: "nothing", pieces: [], want: "" },
    { name: "one piece", pieces: [a], want: "a" },
    { name: "several pieces", pieces: [a, b, c], want: "abc" },
    { name: "fewer than before", pieces: [a, b], want: "ab" },
    { name: "others than before", pieces: [a, c], want: "ac" },
  ];

  test.each(cases)("puts $name in a row", ({ pieces, want }) => {
    expect(Buffer.from(joinPieces(pieces)).toString()).toBe(want);
  });

  test("gives the same bytes to all who join the same pieces", () => {
    expect(joinPieces([b, c])).toBe(joinPieces([b, c]));
    expect(joinPieces([b])).toBe(b);
  });

  test("does not take pieces for the same because they say the same", () => {
    expect(joinPieces([b, c])).not.toBe(joinPieces([Buffer.from("b"), c]));
  });
});
