import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type BorrowingLevel, planBorrowing } from "./plan-borrowing.ts";

interface Demand {
  readonly high?: number;
  readonly smoothed?: number;
}

/** Nominal seats of which some may be lent; borrowing has the limit that 100 seats give. */
function level(name: string, nominal: number, min: number, { high = 0, smoothed = high }: Demand = {}) {
  return {
    name,
    isExempt: false,
    limits: { nominal, min, max: nominal + 100 },
    demand: { highWatermark: high, smoothed },
    current: nominal,
  } satisfies BorrowingLevel;
}

const exempt = (high: number): BorrowingLevel => ({ ...level("exempt", 0, 0, { high }), isExempt: true });

const described = (levels: readonly BorrowingLevel[]): string =>
  [...planBorrowing(levels)].map(([name, seats]) => `${name}=${String(seats)}`).join(" ");

describe("planBorrowing", () => {
  const cases: { name: string; levels: BorrowingLevel[]; want: string }[] = [
    {
      name: "everybody keeps what it needs when all want all",
      levels: [level("a", 60, 10, { high: 200 }), level("b", 40, 10, { high: 200 })],
      want: "a=60 b=40",
    },
    {
      name: "one who wants all gets what the other lends",
      levels: [level("a", 60, 10), level("b", 40, 10, { high: 200 })],
      want: "a=10 b=90",
    },
    {
      name: "nobody borrows what is not lent",
      levels: [level("a", 60, 60), level("b", 40, 10, { high: 200 })],
      want: "a=60 b=40",
    },
    {
      name: "seats that nobody needs are divided by targets",
      levels: [level("a", 60, 0, { high: 10 }), level("b", 40, 0, { high: 30 })],
      want: "a=25 b=75",
    },
    {
      name: "what was wanted lately counts, less and less",
      levels: [level("a", 60, 0, { high: 10, smoothed: 30 }), level("b", 40, 0, { high: 10 })],
      want: "a=75 b=25",
    },
    {
      name: "exempt requests are beside the others as long as there is room",
      levels: [exempt(30), level("a", 60, 10), level("b", 40, 10)],
      want: "exempt=30 a=50 b=50",
    },
    {
      name: "what exempt requests take is taken from what others lend",
      levels: [exempt(60), level("a", 60, 10, { high: 200 }), level("b", 40, 10, { high: 200 })],
      want: "exempt=60 a=23 b=18",
    },
    {
      name: "nobody falls below what it does not lend",
      levels: [exempt(99), level("a", 60, 10, { high: 200 }), level("b", 40, 10, { high: 200 })],
      want: "exempt=99 a=10 b=10",
    },
  ];
  test.each(cases)("$name", ({ levels, want }) => {
    expect(described(levels)).toBe(want);
  });

  test("keeps every level within its bounds and gives out what there is", () => {
    const aLevel = fc
      .record({
        nominal: fc.integer({ min: 1, max: 200 }),
        lends: fc.integer({ min: 0, max: 100 }),
        borrows: fc.integer({ min: 0, max: 300 }),
        high: fc.integer({ min: 0, max: 500 }),
        smoothed: fc.double({ min: 0, max: 500, noNaN: true }),
      })
      .map(({ nominal, lends, borrows, high, smoothed }) => ({
        isExempt: false,
        limits: { nominal, min: Math.round((nominal * (100 - lends)) / 100), max: nominal + borrows },
        demand: { highWatermark: high, smoothed },
        current: nominal,
      }));
    fc.assert(
      fc.property(fc.array(aLevel, { minLength: 1, maxLength: 8 }), (list) => {
        const levels = list.map((each, index) => ({ ...each, name: String(index) }));
        const plan = planBorrowing(levels);
        const seats = levels.map(({ name }) => plan.get(name) ?? -1);
        for (const [index, { limits }] of levels.entries()) {
          expect(seats[index]).toBeWithin(limits.min, limits.max + 1);
        }
        const nominal = levels.reduce((sum, { limits }) => sum + limits.nominal, 0);
        const given = seats.reduce((sum, each) => sum + each, 0);
        expect(Math.abs(given - nominal)).toBeLessThanOrEqual(levels.length);
      }),
    );
  });
});
