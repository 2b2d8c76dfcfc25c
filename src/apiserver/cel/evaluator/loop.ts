import { type CelList, isList } from "../values/list.ts";
import { type CelMap, isMap } from "../values/map.ts";
import { CelError, type CelValue, isError, type Result } from "../values/value.ts";
import { type Evaluate, type Frame, Unset } from "./frame.ts";

/** A comprehension: how its parts are computed, and in which slots its variables are. */
export interface Loop {
  readonly range: Evaluate;
  readonly initial: Evaluate;
  readonly condition: Evaluate;
  readonly step: Evaluate;
  readonly result: Evaluate;
  readonly accumulator: number;
  readonly first: number;
  /** Undefined for loops with one variable. */
  readonly second: number | undefined;
}

export function loop(parts: Loop): Evaluate {
  const { range, initial, condition, step, result, accumulator } = parts;
  return (frame) => {
    const over = range(frame);
    if (isError(over)) return over;
    // What is gathered begins with a value that is computed only when it is needed.
    frame.slots[accumulator] = new Unset(initial);
    const advance = (): boolean => {
      if (condition(frame) === false) return false;
      frame.slots[accumulator] = step(frame);
      return true;
    };
    const problem =
      parts.second === undefined ? single(over, parts, frame, advance) : pairs(over, parts, frame, advance);
    return problem ?? result(frame);
  };
}

/** Sets the variable to each element of a list, or key of a map, as long as `advance` goes on. */
function single(
  over: CelValue,
  { first }: Loop,
  { slots }: Frame,
  advance: () => boolean,
): CelError | undefined {
  const values = isList(over) ? over : isMap(over) ? over.keys() : undefined;
  if (values === undefined) return new CelError("expected iterable type");
  for (const each of values) {
    // Elements that are no value are errors of whoever reads them.
    slots[first] = each;
    if (!advance()) break;
  }
  return undefined;
}

/** Sets the variables to each index and element, or key and value. */
function pairs(
  over: CelValue,
  { first, second = 0 }: Loop,
  { slots }: Frame,
  advance: () => boolean,
): CelError | undefined {
  const entries = isList(over) ? indexed(over) : isMap(over) ? entriesOf(over) : undefined;
  if (entries === undefined) return new CelError("unsupported comprehension range type");
  for (const [key, value] of entries) {
    slots[first] = key;
    slots[second] = value;
    if (!advance()) break;
  }
  return undefined;
}

function* indexed(list: CelList): Iterable<readonly [bigint, Result]> {
  let index = 0n;
  for (const each of list) yield [index++, each];
}

function* entriesOf(map: CelMap): Iterable<readonly [CelValue, Result]> {
  for (const key of map.keys()) yield [key, map.find(key) ?? null];
}
