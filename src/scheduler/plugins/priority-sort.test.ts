import { expect, test } from "bun:test";
import { aPod } from "#testing/objects.ts";
import { podInfoOf } from "../framework/pod-info.ts";
import { prioritySortPlugin } from "./priority-sort.ts";

const entry = (priority: number | undefined, timestamp: number) => ({
  info: podInfoOf(aPod("a", { spec: priority === undefined ? {} : { priority } })),
  timestamp,
});

const cases = [
  { name: "more priority comes first", a: entry(10, 2), b: entry(1, 1), want: "a" },
  { name: "of the same priority the one that waits longer", a: entry(10, 2), b: entry(10, 1), want: "b" },
  { name: "no priority is 0", a: entry(undefined, 1), b: entry(-5, 1), want: "a" },
  { name: "neither of two that are alike", a: entry(1, 1), b: entry(1, 1), want: "neither" },
];

test.each(cases)("$name", ({ a, b, want }) => {
  const order = prioritySortPlugin.compare?.(a, b) ?? Number.NaN;
  expect(order === 0 ? "neither" : order < 0 ? "a" : "b").toBe(want);
});
