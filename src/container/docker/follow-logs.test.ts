import { describe, expect, test } from "bun:test";
import type { LogLine, LogOptions } from "../runtime.ts";
import { followLogs } from "./follow-logs.ts";

const line = (second: number): LogLine => ({
  stream: "stdout",
  timestamp: `2026-01-31T10:00:0${String(second)}.000000000Z`,
  content: new Uint8Array([second]),
});

async function* give(lines: readonly LogLine[]) {
  yield* lines;
  await Promise.resolve();
}

async function follow(followed: readonly number[], everything: readonly number[], tailLines?: number) {
  const pages: LogOptions[] = [];
  const read = (page: LogOptions) => {
    pages.push(page);
    return give((page.follow ? followed : everything).map(line));
  };
  const { signal } = new AbortController();
  const options = { follow: true, signal, ...(tailLines !== undefined && { tailLines }) };
  const lines = await Array.fromAsync(followLogs(read, options), ({ content }) => content[0]);
  return { lines, rest: pages[1] };
}

describe("followLogs", () => {
  test("adds what the engine kept back", async () => {
    const { lines, rest } = await follow([1, 2], [2, 3]);
    expect(lines).toEqual([1, 2, 3]);
    expect(rest?.since).toBe(Date.parse(line(2).timestamp));
  });

  test("repeats nothing", async () => {
    expect((await follow([1, 2], [2])).lines).toEqual([1, 2]);
  });

  test("reads all that was asked for when nothing came at first", async () => {
    const { lines, rest } = await follow([], [1], 5);
    expect(lines).toEqual([1]);
    expect(rest).toMatchObject({ follow: false, tailLines: 5 });
  });
});
