import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { allocateSeats, type Claim } from "./allocate-seats.ts";

const claim = (target: number, lowerBound: number, upperBound: number): Claim => ({
  target,
  lowerBound,
  upperBound,
});

describe("allocateSeats", () => {
  const cases: { name: string; sum: number; claims: Claim[]; want: number[] | undefined }[] = [
    { name: "nothing among nobody", sum: 0, claims: [], want: [] },
    { name: "by targets", sum: 30, claims: [claim(10, 0, 100), claim(20, 0, 100)], want: [10, 20] },
    { name: "more than is wanted", sum: 60, claims: [claim(10, 0, 100), claim(20, 0, 100)], want: [20, 40] },
    { name: "what a bound leaves", sum: 30, claims: [claim(10, 0, 5), claim(20, 0, 100)], want: [5, 25] },
    { name: "beyond a lower bound", sum: 12, claims: [claim(10, 9, 20), claim(20, 0, 20)], want: [9, 3] },
    { name: "only lower bounds", sum: 3, claims: [claim(9, 1, 20), claim(9, 2, 20)], want: [1, 2] },
    { name: "only upper bounds", sum: 9, claims: [claim(1, 0, 4), claim(1, 0, 5)], want: [4, 5] },
    { name: "to one who wants nothing", sum: 4, claims: [claim(0, 0, 9), claim(2, 0, 2)], want: [2, 2] },
    { name: "less than is owed", sum: 2, claims: [claim(9, 1, 20), claim(9, 2, 20)], want: undefined },
    { name: "more than can be taken", sum: 10, claims: [claim(1, 0, 4), claim(1, 0, 5)], want: undefined },
  ];
  test.each(cases)("divides $name", ({ sum, claims, want }) => {
    const seats = allocateSeats(sum, claims)?.seats.map((each) => Math.round(each * 1000) / 1000);
    expect(seats).toEqual(want as number[]);
  });

  test("gives everybody the same part of its target within its bounds, and all there is", () => {
    const part = fc.double({ min: 0, max: 5, noNaN: true });
    const claims = fc.array(
      fc
        .tuple(part, part, part)
        .map(([low, more, most]) => claim(low + more, low, low + Math.max(more, most))),
      { minLength: 1, maxLength: 9 },
    );
    fc.assert(
      fc.property(claims, fc.double({ min: 0, max: 1, noNaN: true }), (list, place) => {
        const low = total(list.map(({ lowerBound }) => lowerBound));
        const high = total(list.map(({ upperBound }) => upperBound));
        const sum = low + (high - low) * place;
        const found = allocateSeats(sum, list);
        expect(found).toBeDefined();
        const { seats = [], fairFraction = 0 } = found ?? {};
        expect(total(seats)).toBeCloseTo(sum, 6);
        for (const [index, { target, lowerBound, upperBound }] of list.entries()) {
          const fair = fairFraction * Math.max(target, 0.001);
          expect(seats[index]).toBeCloseTo(Math.max(lowerBound, Math.min(upperBound, fair)), 6);
        }
      }),
    );
  });
});

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
