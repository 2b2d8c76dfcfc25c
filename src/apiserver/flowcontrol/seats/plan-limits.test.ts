import { expect, test } from "bun:test";
import type { PriorityLevelConfigurationSpec } from "#api/generated/flowcontrol-v1.ts";
import { planLimits } from "./plan-limits.ts";

type Limited = NonNullable<PriorityLevelConfigurationSpec["limited"]>;

const limited = (limits: Limited, handSize?: number): PriorityLevelConfigurationSpec => ({
  type: "Limited",
  limited: {
    ...limits,
    limitResponse:
      handSize === undefined
        ? { type: "Reject" }
        : { type: "Queue", queuing: { queues: 64, handSize, queueLengthLimit: 50 } },
  },
});

function described(
  levels: Record<string, PriorityLevelConfigurationSpec>,
  serverSeats: number,
): readonly string[] {
  return [...planLimits(new Map(Object.entries(levels)), serverSeats)].map(
    ([name, { nominal, min, max, maxSeatsOfRequest }]) =>
      `${name} ${[min, nominal, max, maxSeatsOfRequest].join(" ")}`,
  );
}

test("planLimits divides the server's seats by shares and says what is lent and borrowed", () => {
  const levels = {
    exempt: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
    high: limited({ nominalConcurrencyShares: 40, lendablePercent: 25 }, 6),
    low: limited({ nominalConcurrencyShares: 100, lendablePercent: 90, borrowingLimitPercent: 50 }, 6),
    last: limited({ nominalConcurrencyShares: 5, lendablePercent: 0 }),
  };
  expect(described(levels, 600)).toEqual([
    "exempt 0 0 600 Infinity",
    "high 124 166 766 25",
    "low 41 414 621 63",
    "last 21 21 621 Infinity",
  ]);
});

test("planLimits gives every request of a queuing level a seat, however few there are", () => {
  const levels = { a: limited({ nominalConcurrencyShares: 1 }, 8), b: limited({}, 8) };
  expect(described(levels, 3)).toEqual(["a 3 3 6 1", "b 0 0 3 1"]);
});

test("planLimits copes with nobody having a share", () => {
  expect(described({ a: limited({ nominalConcurrencyShares: 0 }) }, 600)).toEqual(["a 0 0 600 Infinity"]);
});
