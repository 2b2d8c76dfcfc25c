/** One of those among whom a number of seats is divided. */
export interface Claim {
  /** What it would take; not below `lowerBound`. */
  readonly target: number;
  readonly lowerBound: number;
  readonly upperBound: number;
}

export interface Allocation {
  /** In the order of the claims; they add up to what was divided. */
  readonly seats: readonly number[];
  /** The part of its target that everybody gets who is not held by a bound. */
  readonly fairFraction: number;
}

/** Nobody's target is nothing, so that it can be divided by. */
const MIN_TARGET = 0.001;

const EPSILON = 1e-7;

/**
 * Divides seats so that everybody gets the same part of its target, within its bounds (`computeConcurrencyAllocation` of
 * upstream's apiserver). Undefined when the bounds do not allow the sum.
 */
export function allocateSeats(sum: number, claims: readonly Claim[]): Allocation | undefined {
  const given = claims.map((claim) => ({ ...claim, target: Math.max(claim.target, MIN_TARGET) }));
  const seatsAt = (fraction: number): number[] =>
    given.map(({ target, lowerBound, upperBound }) =>
      Math.max(lowerBound, Math.min(upperBound, fraction * target)),
    );
  if (total(seatsAt(0)) - sum > EPSILON) return undefined;
  if (sum - total(seatsAt(Number.POSITIVE_INFINITY)) > EPSILON) return undefined;
  const fairFraction = fractionFor(sum, given, seatsAt);
  return { seats: seatsAt(fairFraction), fairFraction };
}

/** The sum grows with the fraction along a line that only bends where somebody reaches a bound. */
function fractionFor(
  sum: number,
  claims: readonly Claim[],
  seatsAt: (fraction: number) => readonly number[],
): number {
  const bends = claims
    .flatMap(({ target, lowerBound, upperBound }) => [lowerBound / target, upperBound / target])
    .toSorted((a, b) => a - b);
  let low = bends[0] ?? 0;
  for (const bend of bends) {
    const before = total(seatsAt(low));
    const reached = total(seatsAt(bend));
    if (reached >= sum) {
      return reached === before ? low : low + ((bend - low) * (sum - before)) / (reached - before);
    }
    low = bend;
  }
  return low;
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
