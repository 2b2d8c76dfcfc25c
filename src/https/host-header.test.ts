import { expect, test } from "bun:test";
import { hostProblem } from "./host-header.ts";

test.each([
  { httpVersion: "1.1", rawHeaders: ["Accept", "Host", "HOST", "api:6443"], problem: undefined },
  { httpVersion: "1.1", rawHeaders: ["Host", "[::1]:6443"], problem: undefined },
  { httpVersion: "1.1", rawHeaders: ["Host", ""], problem: undefined },
  { httpVersion: "1.0", rawHeaders: [], problem: undefined },
  { httpVersion: "2.0", rawHeaders: [], problem: undefined },
  { httpVersion: "1.1", rawHeaders: ["Accept", "Host"], problem: "missing required Host header" },
  { httpVersion: "1.1", rawHeaders: ["Host", "a", "host", "a"], problem: "too many Host headers" },
  { httpVersion: "1.1", rawHeaders: ["Host", "a b"], problem: "malformed Host header" },
  { httpVersion: "1.1", rawHeaders: ["Host", "a/b"], problem: "malformed Host header" },
  { httpVersion: "0.9", rawHeaders: [], problem: "malformed HTTP request" },
])("a request of HTTP/$httpVersion with $rawHeaders: $problem", ({ problem, ...request }) => {
  expect(hostProblem(request)).toBe(problem);
});
