import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { dealHand, hashFlow } from "./dealer.ts";

describe("dealHand", () => {
  test.each([
    { hash: 0n, deckSize: 4, handSize: 4, want: [0, 1, 2, 3] },
    // 23 = 3 + 4 * (2 + 3 * (1 + 2 * 0)): the last of each that is left.
    { hash: 23n, deckSize: 4, handSize: 4, want: [3, 2, 1, 0] },
    { hash: 5n, deckSize: 4, handSize: 2, want: [1, 2] },
    { hash: 2n ** 64n - 1n, deckSize: 128, handSize: 1, want: [127] },
  ])("deals $want for $hash", ({ hash, want, ...sizes }) => {
    expect(dealHand(hash, sizes)).toEqual(want);
  });

  test("deals different cards of the deck, and the same ones for the same flow", () => {
    const sizes = fc.integer({ min: 1, max: 128 }).chain((deckSize) =>
      fc.record({
        deckSize: fc.constant(deckSize),
        handSize: fc.integer({ min: 1, max: Math.min(deckSize, 8) }),
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), sizes, (hash, given) => {
        const hand = dealHand(hash, given);
        expect(new Set(hand).size).toBe(given.handSize);
        expect(hand.every((card) => card >= 0 && card < given.deckSize)).toBe(true);
        expect(dealHand(hash, given)).toEqual(hand);
      }),
    );
  });

  test("deals every hand equally often", () => {
    const hands = new Map<string, number>();
    for (let hash = 0n; hash < 5n * 4n * 3n * 20n; hash += 1n) {
      const hand = dealHand(hash, { deckSize: 5, handSize: 3 }).join();
      hands.set(hand, (hands.get(hand) ?? 0) + 1);
    }
    expect([hands.size, new Set(hands.values())]).toEqual([60, new Set([20])]);
  });
});

test("hashFlow keeps the schema and the distinguisher apart", () => {
  expect(hashFlow("a", "b")).not.toBe(hashFlow("ab", ""));
  expect(hashFlow("catch-all", "alice")).toBe(hashFlow("catch-all", "alice"));
  expect(hashFlow("a", "") < 2n ** 64n).toBe(true);
});
