import { expect, test } from "bun:test";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["0", "0s"],
  ["0s", "0s"],
  ["90s", "1m30s"],
  ["1h30m", "1h30m0s"],
  ["-1.5h", "-1h30m0s"],
  ["+5s", "5s"],
  ["100ms", "100ms"],
  ["1.5ms", "1.5ms"],
  ["10us", "10µs"],
  ["3ns", "3ns"],
  ["10s500ms", "10.5s"],
  [".5s", "500ms"],
  ["60s", "1m0s"],
])("%s is written as %s", (text, want) => {
  expect(formatDuration(parseDuration(text))).toBe(want);
});

test.each([
  ["", 'time: invalid duration ""'],
  ["-", 'time: invalid duration "-"'],
  ["s", 'time: invalid duration "s"'],
  ["1", 'time: missing unit in duration "1"'],
  ["1d", 'time: unknown unit "d" in duration "1d"'],
  ["9999999999h", 'time: invalid duration "9999999999h"'],
])("%j is refused in Go's words", (text, message) => {
  expect(() => parseDuration(text)).toThrow(message);
});

test("durations read back as they were written", () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 62n), 2n ** 62n), (nanos) => {
      expect(parseDuration(formatDuration(nanos))).toBe(nanos);
    }),
  );
});
