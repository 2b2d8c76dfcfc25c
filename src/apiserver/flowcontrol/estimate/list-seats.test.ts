import { describe, expect, test } from "bun:test";
import { listSeats } from "./list-seats.ts";

interface Case {
  readonly query?: string;
  readonly verb?: "list" | "watch";
  /** Undefined for what is not stored here. */
  readonly count?: number;
  readonly bytes?: number;
  readonly maxSeats?: number;
  readonly want: number;
}

describe("listSeats", () => {
  const cases: Case[] = [
    { count: 99, bytes: 1010, want: 1 },
    { count: 1000, bytes: 999, want: 10 },
    { count: 1000, bytes: 10_000, want: 10 },
    { count: 69, bytes: 10_000, want: 7 },
    { count: 0, bytes: 0, want: 1 },
    { want: 1 },
    { query: "limit=100", count: 1000, bytes: 999, want: 1 },
    { query: "limit=20&resourceVersion=0", count: 399, bytes: 10_000, want: 2 },
    { query: "resourceVersion=1&resourceVersionMatch=NotOlderThan", count: 799, bytes: 10_000, want: 10 },
    { query: "limit=10&labelSelector=a", count: 99, bytes: 10_101, want: 2 },
    { query: "fieldSelector=metadata.name%3Dtest", count: 799, bytes: 200_000, want: 2 },
    { query: "fieldSelector=metadata.name", count: 79, bytes: 10_000, want: 8 },
    // What is read from the past is not in memory, and may be wide.
    { query: "limit=399&resourceVersion=1", count: 699, bytes: 10_000, want: 40 },
    { query: "limit=399&continue=token", count: 699, bytes: 10_000, want: 40 },
    {
      query: "resourceVersion=1&resourceVersionMatch=Exact&limit=399",
      count: 699,
      bytes: 10_000,
      want: 40,
    },
    { query: "resourceVersionMatch=foo", count: 200, bytes: 10_000, want: 20 },
    { query: "continue=token&limit=100&labelSelector=a", count: 1000, bytes: 999, want: 5 },
    {
      query: "resourceVersion=1&resourceVersionMatch=Exact",
      count: 5000,
      bytes: 10_000,
      maxSeats: 20,
      want: 20,
    },
    { query: "limit=invalid", count: 1, bytes: 1, want: 100 },
    { verb: "watch", count: 1000, bytes: 999, want: 10 },
    { verb: "watch", query: "resourceVersion=0", count: 1000, bytes: 999, want: 10 },
    { verb: "watch", query: "resourceVersion=5", count: 1000, bytes: 999, want: 1 },
    { verb: "watch", query: "resourceVersion=5&sendInitialEvents=true", count: 1000, bytes: 999, want: 10 },
  ];
  test.each(cases)(
    "$verb ?$query of $count objects of $bytes bytes",
    ({ query = "", verb = "list", count, bytes = 0, maxSeats = Number.POSITIVE_INFINITY, want }) => {
      const size = () => (count === undefined ? undefined : { count, averageBytes: bytes });
      expect(listSeats({ verb, query: new URLSearchParams(query), maxSeats, size })).toBe(want);
    },
  );
});
