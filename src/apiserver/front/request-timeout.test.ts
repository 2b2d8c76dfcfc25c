import { expect, test } from "bun:test";
import { requestTimeoutMs } from "./request-timeout.ts";

test.each([
  { query: "", want: 60_000 },
  { query: "timeout=", want: 60_000 },
  { query: "timeout=32s", want: 32_000 },
  { query: "timeout=0s", want: 60_000 },
  { query: "timeout=2m", want: 60_000 },
  { query: "timeout=1.5s", want: 1500 },
])("requestTimeoutMs of $query", ({ query, want }) => {
  expect(requestTimeoutMs(new URLSearchParams(query), 60_000)).toBe(want);
});

test("requestTimeoutMs refuses what is no duration", () => {
  expect(() => requestTimeoutMs(new URLSearchParams("timeout=soon"), 60_000)).toThrow(
    'invalid timeout specified in the request URL - time: invalid duration "soon"',
  );
});
