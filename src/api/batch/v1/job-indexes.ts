/** Sets of completion indexes in their text form: `1,3-5,7`. */

/** A text that is no set of indexes; the message is upstream's (`pkg/apis/batch/validation`). */
export class IndexesError extends SyntaxError {
  override readonly name = "IndexesError";
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** The number of indexes of a text, all of which must be below `completions`. Throws an `IndexesError`. */
export function countIndexes(text: string, completions: number): number {
  let total = 0;
  let previous: number | undefined;
  for (const part of splitIntervals(text)) {
    const { first, last } = parseInterval(part, completions);
    if (previous !== undefined && previous >= first) throw decreasing(previous, first);
    total += last - first + 1;
    previous = last;
  }
  return total;
}

/** The first index that both texts have, in the order of upstream's search; broken intervals are skipped. */
export function findCommonIndex(a: string, b: string, completions: number): number | undefined {
  const left = readableIntervals(a, completions);
  const right = readableIntervals(b, completions);
  let i = 0;
  let j = 0;
  while (true) {
    const x = left[i];
    const y = right[j];
    if (x === undefined || y === undefined) return undefined;
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) i++;
    else j++;
  }
}

function splitIntervals(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

function readableIntervals(text: string, completions: number): readonly Interval[] {
  return splitIntervals(text).flatMap((part) => {
    try {
      return [parseInterval(part, completions)];
    } catch (error) {
      if (error instanceof IndexesError) return [];
      throw error;
    }
  });
}

function parseInterval(text: string, completions: number): Interval {
  const [firstText = "", lastText, ...more] = text.split("-");
  if (more.length > 0) {
    throw new IndexesError(
      `the fragment "${text}" violates the requirement that an index interval can have at most two parts separated by '-'`,
    );
  }
  const first = parseIndex(firstText, completions);
  if (lastText === undefined) return { first, last: first };
  const last = parseIndex(lastText, completions);
  if (first >= last) throw decreasing(first, last);
  return { first, last };
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new IndexesError(`cannot convert string to integer for index: "${text}"`);
  }
  const index = Number(text);
  if (index >= completions) throw new IndexesError(`too large index: "${text}"`);
  return index;
}

function decreasing(previous: number, current: number): IndexesError {
  return new IndexesError(`non-increasing order, previous: ${String(previous)}, current: ${String(current)}`);
}
