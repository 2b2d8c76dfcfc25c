import { allocateSeats } from "./allocate-seats.ts";
import type { SeatLimits } from "./plan-limits.ts";
import type { SettledDemand } from "./seat-demand.ts";

export interface BorrowingLevel {
  readonly name: string;
  readonly isExempt: boolean;
  readonly limits: Pick<SeatLimits, "nominal" | "min" | "max">;
  readonly demand: SettledDemand;
  /** The seats that it has now. */
  readonly current: number;
}

/**
 * How many seats each level has until the next adjustment, by name: what levels lend and do not need goes to those that
 * need more (`updateBorrowingLocked` of upstream's apiserver).
 */
export function planBorrowing(levels: readonly BorrowingLevel[]): ReadonlyMap<string, number> {
  const exempt = levels.filter(({ isExempt }) => isExempt);
  const limited = levels.filter(({ isExempt }) => !isExempt);
  const seats = sumOf(levels, ({ limits }) => limits.nominal);
  const remaining = seats - sumOf(exempt, neededByExempt);
  const divided = divide(limited, remaining, seats);
  return new Map([
    ...exempt.map((level) => [level.name, neededByExempt(level)] as const),
    ...limited.map(({ name }, index) => [name, Math.round(divided[index] ?? 0)] as const),
  ]);
}

/** Exempt requests run whatever others have; the others are left what they do not use. */
function neededByExempt({ limits, demand }: BorrowingLevel): number {
  return Math.max(limits.min, demand.highWatermark);
}

/** What a level has lent comes back as far as it has needed it lately. */
function needed({ limits, demand }: BorrowingLevel): number {
  return Math.max(limits.min, Math.min(limits.nominal, demand.highWatermark));
}

function divide(levels: readonly BorrowingLevel[], remaining: number, seats: number): readonly number[] {
  const least = sumOf(levels, ({ limits }) => limits.min);
  if (remaining <= least) return levels.map(({ limits }) => limits.min);
  const wanted = sumOf(levels, needed);
  if (remaining <= wanted) {
    const part = (remaining - least) / (wanted - least);
    return levels.map((level) => level.limits.min + (needed(level) - level.limits.min) * part);
  }
  const claims = levels.map((level) => ({
    lowerBound: needed(level),
    upperBound: level.limits.max,
    target: Math.max(needed(level), level.demand.smoothed),
  }));
  return allocateSeats(seats, claims)?.seats ?? levels.map(({ current }) => current);
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
