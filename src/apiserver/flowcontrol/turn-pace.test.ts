import { expect, test } from "bun:test";
import { TurnPace } from "./turn-pace.ts";

const cases: { name: string; turns: readonly number[]; want: number }[] = [
  { name: "nothing has been noted", turns: [], want: 8 },
  { name: "turns are short", turns: [1, 2, 20], want: 8 },
  { name: "one was long", turns: [21], want: 4 },
  { name: "all are long", turns: [100, 100, 100, 100, 100], want: 1 },
  { name: "they have become short again", turns: [100, 100, 100, 1, 1], want: 3 },
];
test.each(cases)("a turn may start $want seats when $name", ({ turns, want }) => {
  const pace = new TurnPace();
  for (const tookMs of turns) pace.note(tookMs);
  expect(pace.seats).toBe(want);
});
