import type { PriorityLevelConfigurationSpec } from "#api/generated/flowcontrol-v1.ts";

/** The seats of one priority level. */
export interface SeatLimits {
  /** Its part of the server's seats. */
  readonly nominal: number;
  /** What is left when others have borrowed all that it lends. */
  readonly min: number;
  /** What it has with all that it may borrow. */
  readonly max: number;
  /** The widest that one of its requests is taken to be. */
  readonly maxSeatsOfRequest: number;
}

/** Estimates stay below this part of a level, so that no single request fills it (`priorityLevelMaxSeatsPercent`). */
const MAX_PART_OF_REQUEST = 0.15;

/** Where a level says nothing; requests are held by the limits of their estimates alone. */
const ANY_SEATS = Number.POSITIVE_INFINITY;

/** Divides the server's seats by shares, rounded up (`finishQueueSetReconfigsLocked` of upstream's apiserver). */
export function planLimits(
  levels: ReadonlyMap<string, PriorityLevelConfigurationSpec>,
  serverSeats: number,
): ReadonlyMap<string, SeatLimits> {
  const shareSum = [...levels.values()].reduce((sum, spec) => sum + sharesOf(spec).shares, 0);
  return new Map(
    [...levels].map(([name, spec]) => {
      const { shares, lendablePercent, borrowingLimitPercent } = sharesOf(spec);
      const nominal = shareSum === 0 ? 0 : Math.ceil((serverSeats * shares) / shareSum);
      const borrowable =
        borrowingLimitPercent === undefined ? serverSeats : percent(nominal, borrowingLimitPercent);
      const limits = {
        nominal,
        min: nominal - percent(nominal, lendablePercent),
        max: nominal + borrowable,
        maxSeatsOfRequest: maxSeatsOf(spec, nominal),
      };
      return [name, limits];
    }),
  );
}

function sharesOf({ limited, exempt }: PriorityLevelConfigurationSpec) {
  const { nominalConcurrencyShares: shares = 0, lendablePercent = 0 } = limited ?? exempt ?? {};
  return { shares, lendablePercent, borrowingLimitPercent: limited?.borrowingLimitPercent };
}

function percent(seats: number, part: number): number {
  return Math.round((seats * part) / 100);
}

function maxSeatsOf({ limited }: PriorityLevelConfigurationSpec, nominal: number): number {
  const queuing = limited?.limitResponse?.queuing;
  if (queuing === undefined) return ANY_SEATS;
  const part = Math.ceil(nominal * MAX_PART_OF_REQUEST);
  return Math.max(1, Math.min(part, Math.floor(nominal / queuing.handSize)));
}
