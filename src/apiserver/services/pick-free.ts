/** A range of numbers of which some are for those who ask for a certain one (KEP-3070, KEP-3668). */
export interface Bands {
  /** How many numbers there are, from 0 on. */
  readonly size: number;
  /** The first so many are given out by themselves only when all others are taken. */
  readonly staticSize: number;
}

/**
 * A number that is not taken: the first one at or behind a random place of the upper band, and of the lower band
 * when the upper one is full. Undefined when all are taken.
 */
export function pickFree(
  { size, staticSize }: Bands,
  isTaken: (index: number) => boolean,
  random: () => number,
): number | undefined {
  return pickBetween(staticSize, size, isTaken, random) ?? pickBetween(0, staticSize, isTaken, random);
}

function pickBetween(
  start: number,
  end: number,
  isTaken: (index: number) => boolean,
  random: () => number,
): number | undefined {
  const size = end - start;
  const offset = Math.floor(random() * size);
  for (let step = 0; step < size; step += 1) {
    const index = start + ((offset + step) % size);
    if (!isTaken(index)) return index;
  }
  return undefined;
}
