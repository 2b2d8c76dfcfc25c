/**
 * What calls take to compute, where that is more than they cost: lists can hold the same large list many times, and
 * the cost of comparing them counts only their elements. No evaluation may do more than `MAX_WORK`.
 */
import { isList } from "../values/list.ts";
import { type Result, weightOf } from "../values/value.ts";

/** About half a second. */
export const MAX_WORK = 20_000_000;

/** What a call takes at most, by its arguments; none for calls that cost what they take. */
export type Work = (args: readonly Result[]) => number;

const smaller: Work = ([a, b]) => Math.min(weightOf(a), weightOf(b));
const first: Work = ([value]) => weightOf(value);
const all: Work = (args) => args.reduce<number>((sum, each) => sum + weightOf(each), 0);
const eachWithEach: Work = ([a, b]) => weightOf(a) * sizeOrOne(b) + weightOf(b) * sizeOrOne(a);
const amongEachOther: Work = ([list]) => weightOf(list) * sizeOrOne(list);

const WORK: ReadonlyMap<string, Work> = new Map([
  ["_==_", smaller],
  ["_!=_", smaller],
  ["@in", all],
  ["indexOf", first],
  ["lastIndexOf", first],
  ["isSorted", first],
  ["sum", first],
  ["min", first],
  ["max", first],
  ["join", all],
  ["format", all],
  ["flatten", first],
  ["sort", amongEachOther],
  ["@sortByAssociatedKeys", ([, keys]) => weightOf(keys) * sizeOrOne(keys)],
  ["distinct", amongEachOther],
  ["reverse", first],
  ["slice", first],
  // It costs more than an evaluation may cost, but that shows only when it has been made.
  ["lists.range", ([count]) => (typeof count === "bigint" && count > 1_000_000n ? MAX_WORK + 1 : 1)],
  ["optional.unwrap", first],
  ["unwrapOpt", first],
  ["cel.@mapInsert", ([, added]) => weightOf(added)],
  ["sets.contains", eachWithEach],
  ["sets.equivalent", eachWithEach],
  ["sets.intersects", eachWithEach],
]);

export function workOfCall(name: string): Work | undefined {
  return WORK.get(name);
}

function sizeOrOne(value: Result | undefined): number {
  return isList(value) ? value.size : 1;
}
