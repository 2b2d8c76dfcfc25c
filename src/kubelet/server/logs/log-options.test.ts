import { describe, expect, test } from "bun:test";
import { containerLogOptions } from "./log-options.ts";

const NOW = Date.UTC(2026, 0, 1);
const parse = (query: string) => containerLogOptions(new URLSearchParams(query), NOW);

describe("containerLogOptions", () => {
  test.each([
    ["", {}],
    ["follow=true&previous=1&timestamps=true", { follow: true, previous: true, timestamps: true }],
    ["follow=false&previous=0&timestamps=False", {}],
    ["tailLines=0&limitBytes=10", { tailLines: 0, limitBytes: 10 }],
    ["tail=all&tailLines=5", {}],
    ["tail=3&tailLines=5", { tailLines: 3 }],
    ["sinceSeconds=60", { since: NOW - 60_000 }],
    ["sinceTime=2025-12-31T23:00:00Z", { since: NOW - 3_600_000 }],
    ["stream=Stderr", { stream: "stderr" }],
  ] as const)("%s", (query, want) => {
    const nothing = { follow: false, previous: false, timestamps: false };
    expect(parse(query)).toEqual({ ...unset, ...nothing, ...want });
  });

  test.each([
    "tailLines=-1",
    "limitBytes=0",
    "sinceSeconds=0",
    "sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z",
    "stream=Both",
    "stream=Stdout&tailLines=1",
  ])("%s is invalid", (query) => {
    expect(() => parse(query)).toThrow('{"message": "Invalid request."}');
  });

  test.each(["tailLines=a", "sinceTime=yesterday"])("%s cannot be decoded", (query) => {
    expect(() => parse(query)).toThrow('{"message": "Unable to decode query."}');
  });
});

const unset = { tailLines: undefined, limitBytes: undefined, since: undefined, stream: undefined };
