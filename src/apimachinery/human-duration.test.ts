import { expect, test } from "bun:test";
import { formatHumanDuration } from "./human-duration.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

const cases: readonly [seconds: number, text: string][] = [
  [-2, "<invalid>"],
  [-1.9, "0s"],
  [-0.5, "0s"],
  [0, "0s"],
  [1.999, "1s"],
  [119, "119s"],
  [2 * MINUTE, "2m"],
  [3 * MINUTE + 5, "3m5s"],
  [10 * MINUTE - 1, "9m59s"],
  [10 * MINUTE, "10m"],
  [3 * HOUR - 1, "179m"],
  [3 * HOUR, "3h"],
  [8 * HOUR - MINUTE, "7h59m"],
  [8 * HOUR, "8h"],
  [2 * DAY - HOUR, "47h"],
  [2 * DAY, "2d"],
  [8 * DAY - HOUR, "7d23h"],
  [8 * DAY, "8d"],
  [2 * YEAR - DAY, "729d"],
  [2 * YEAR, "2y"],
  [2 * YEAR + DAY, "2y1d"],
  [8 * YEAR, "8y"],
  [20 * YEAR + 3 * DAY, "20y"],
];

test.each(cases)("%d seconds are %s", (seconds, text) => {
  expect(formatHumanDuration(seconds * 1000)).toBe(text);
});
