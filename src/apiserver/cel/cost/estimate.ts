/** Ranges of costs and sizes, in which numbers from 2^64 on are all the same (cel-go checker/cost.go). */
export interface Estimate {
  readonly min: number;
  readonly max: number;
}

/** As large as numbers get. */
export const UNBOUNDED = 2 ** 64;

export const UNKNOWN: Estimate = { min: 0, max: UNBOUNDED };
export const ZERO: Estimate = fixed(0);
export const ONE: Estimate = fixed(1);

export function fixed(value: number): Estimate {
  return { min: value, max: value };
}

export function sum(...estimates: readonly Estimate[]): Estimate {
  return estimates.reduce((a, b) => ({ min: bounded(a.min + b.min), max: bounded(a.max + b.max) }), {
    min: 0,
    max: 0,
  });
}

export function product(a: Estimate, b: Estimate): Estimate {
  return { min: bounded(a.min * b.min), max: bounded(a.max * b.max) };
}

/** A cost for each unit of a size, rounded up. */
export function scale(estimate: Estimate, factor: number): Estimate {
  return { min: bounded(Math.ceil(estimate.min * factor)), max: bounded(Math.ceil(estimate.max * factor)) };
}

/** What is within one range or the other. */
export function union(a: Estimate, b: Estimate): Estimate {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

export function bounded(value: number): number {
  return Math.min(value, UNBOUNDED);
}
