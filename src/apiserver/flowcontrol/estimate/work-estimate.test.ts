import { describe, expect, test } from "bun:test";
import { parseRequestInfo } from "../../front/request-info.ts";
import { estimateWork } from "./work-estimate.ts";

interface Case {
  readonly request: string;
  readonly watchers?: number;
  readonly maxSeats?: number;
  /** Initial seats, and then final seats for how many milliseconds. */
  readonly want: string;
}

describe("estimateWork", () => {
  const cases: Case[] = [
    { request: "GET /version", want: "1" },
    { request: "GET /api/v1/namespaces/a/pods/b", watchers: 100, want: "1" },
    { request: "GET /api/v1/pods", want: "10" },
    { request: "GET /api/v1/pods?watch=1", want: "10" },
    { request: "DELETE /api/v1/namespaces/a/pods", watchers: 100, want: "1" },
    { request: "POST /api/v1/namespaces/a/pods", watchers: 9, want: "1" },
    { request: "POST /api/v1/namespaces/a/pods", watchers: 10, want: "1, 1 for 5" },
    { request: "PUT /api/v1/namespaces/a/pods/b", watchers: 25, want: "1, 3 for 5" },
    { request: "PATCH /api/v1/namespaces/a/pods/b", watchers: 1000, want: "1, 10 for 50" },
    { request: "DELETE /api/v1/namespaces/a/pods/b", watchers: 100, maxSeats: 2, want: "1, 2 for 25" },
    { request: "POST /api/v1/namespaces/a/serviceaccounts/b/token", watchers: 1000, want: "1" },
  ];
  test.each(cases)(
    "$request with $watchers watchers: $want",
    ({ request, watchers = 0, maxSeats = 10, want }) => {
      const [method = "", url = ""] = request.split(" ");
      const { pathname, searchParams: query } = new URL(url, "https://host");
      const info = parseRequestInfo(method, pathname, query);
      if (info === undefined) throw new TypeError("No possible path");
      const size = () => ({ count: 1000, averageBytes: 1000 });
      const estimate = estimateWork({ info, query, maxSeats, size, watchers: () => watchers });
      const { initialSeats, finalSeats, additionalLatencyMs } = estimate;
      const final = finalSeats === 0 ? "" : `, ${String(finalSeats)} for ${String(additionalLatencyMs)}`;
      expect(`${String(initialSeats)}${final}`).toBe(want);
    },
  );
});
