import { expect, test } from "bun:test";
import { RetryAfter } from "./retry-after.ts";

test("RetryAfter grows while many are turned away and shrinks when few are", () => {
  const retryAfter = new RetryAfter();
  const steps = [
    { at: 0, refused: 5, want: 1 },
    { at: 1, refused: 11, want: 2 },
    // Not again at once, though many are.
    { at: 2, refused: 1, want: 2 },
    { at: 3, refused: 11, want: 4 },
    { at: 4, refused: 1, want: 4 },
    { at: 7, refused: 1, want: 8 },
    { at: 11, refused: 1, want: 8 },
    { at: 15, refused: 1, want: 7 },
    { at: 17, refused: 1, want: 6 },
    { at: 21, refused: 14, want: 5 },
    { at: 22, refused: 1, want: 10 },
  ];
  const start = 1_700_000_000;
  for (const { at, refused, want } of steps) {
    for (let count = 0; count < refused; count += 1) retryAfter.record(start + at);
    expect(retryAfter.seconds, `after ${String(at)} s`).toBe(want);
  }
});

test("RetryAfter never asks for more than 32 seconds", () => {
  const retryAfter = new RetryAfter();
  for (let now = 1000; now < 2000; now += 1) {
    for (let count = 0; count < 200; count += 1) retryAfter.record(now);
  }
  expect(retryAfter.seconds).toBe(32);
});
