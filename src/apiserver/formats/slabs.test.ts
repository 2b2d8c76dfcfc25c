import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { bytesOf } from "#https/answer.ts";
import { SlabPool, Slabs } from "./slabs.ts";

/** So long that a few of them fill a slab, and one is longer than that. */
const texts = fc.array(
  fc
    .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom(1, 100_000, 262_144, 400_000))
    .map(([letter, length]) => Buffer.alloc(length, letter)),
  { maxLength: 8 },
);

function fill(pool: SlabPool, parts: readonly Buffer[]): Slabs {
  const slabs = new Slabs(pool);
  for (const part of parts) slabs.append(part);
  return slabs;
}

describe("Slabs", () => {
  test("are what has been appended", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const slabs = fill(new SlabPool(), parts);
        const whole = Buffer.concat(parts);
        expect(slabs.length).toBe(whole.length);
        expect(bytesOf(slabs).equals(whole)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("that are read while others are filled share nothing with them", () => {
    fc.assert(
      fc.property(texts, texts, (first, second) => {
        const pool = new SlabPool();
        const read: Buffer[] = [];
        let others: Slabs | undefined;
        for (const piece of fill(pool, first)) {
          read.push(Buffer.from(piece));
          others = fill(pool, second);
        }
        expect(Buffer.concat(read).equals(Buffer.concat(first))).toBe(true);
        if (others !== undefined) expect(bytesOf(others).equals(Buffer.concat(second))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test("are taken from a pool again once they have been read", () => {
    const pool = new SlabPool();
    const parts = [Buffer.alloc(262_144, "a"), Buffer.alloc(262_144, "b")];
    const [first] = Array.from(fill(pool, parts), ({ buffer }) => buffer);
    const [again] = Array.from(fill(pool, parts), ({ buffer }) => buffer);
    expect(again === first).toBe(true);
  });
});
