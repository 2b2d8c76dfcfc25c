import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readLog } from "#container/docker/logs/read-log.ts";
import type { LogLine, LogOptions } from "#container/runtime.ts";

/** How many files the engine is told to keep. */
const MAX_LOG_FILES = 5;

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubelith-logs-"));
  path = join(directory, "container-json.log");
});
afterEach(() => rmSync(directory, { recursive: true }));

const START = Date.parse("2026-01-31T10:00:00Z");

/** Line `number` of a log; its time is so many seconds after the start. */
const record = (number: number, padding = 0): string =>
  `${JSON.stringify({
    log: `${String(number)}${"x".repeat(padding)}\n`,
    stream: "stdout",
    time: new Date(START + number * 1000).toISOString(),
  })}\n`;

function print(from: number, to: number, padding = 0): void {
  for (let number = from; number <= to; number += 1) appendFileSync(path, record(number, padding));
}

/** What the engine does when the newest file is full. */
function rotate(): void {
  for (let age = MAX_LOG_FILES - 2; age >= 0; age -= 1) {
    const name = age === 0 ? path : `${path}.${String(age)}`;
    if (existsSync(name)) renameSync(name, `${path}.${String(age + 1)}`);
  }
  appendFileSync(path, "");
}

const never = new AbortController().signal;
const numberOf = ({ content }: LogLine): number => Number.parseInt(Buffer.from(content).toString(), 10);

function read(options: Partial<LogOptions> = {}): Promise<number[]> {
  const lines = readLog(path, { follow: false, signal: never, ...options }, () => Promise.resolve());
  return Array.fromAsync(lines, numberOf);
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);

/** A reader that follows, and whose container ends when `end` is called. */
function follow(signal = never) {
  const ended = Promise.withResolvers<void>();
  const lines = readLog(path, { follow: true, signal }, () => ended.promise);
  const next = async (): Promise<number | undefined> => {
    const { done, value } = await lines.next();
    return done === true ? undefined : numberOf(value);
  };
  const take = async (count: number): Promise<(number | undefined)[]> => {
    const taken = [];
    for (let index = 0; index < count; index += 1) taken.push(await next());
    return taken;
  };
  return { next, take, end: ended.resolve, stop: () => lines.return() };
}

describe("a log that is read", () => {
  test("has the lines of all its files, the oldest first", async () => {
    for (const start of [1, 4, 7]) {
      if (start > 1) rotate();
      print(start, start + 2);
    }
    expect(await read()).toEqual(range(1, 9));
  });

  test("is empty when nothing was ever printed", async () => {
    expect(await read()).toEqual([]);
    expect(await read({ follow: true })).toEqual([]);
  });

  test("has the lines that came since", async () => {
    print(1, 5);
    expect(await read({ since: START + 3000 })).toEqual([3, 4, 5]);
  });

  test("leaves out what was cut off when the host went down", async () => {
    print(1, 2);
    appendFileSync(path, `${record(3).slice(0, 20)}\n`);
    print(4, 4);
    appendFileSync(path, record(5).slice(0, 20));
    expect(await read()).toEqual([1, 2, 4]);
    expect(await read({ tailLines: 1 })).toEqual([4]);
  });

  test("ends where it ended when the reading began, however fast its container prints", async () => {
    print(1, 3);
    const seen: number[] = [];
    for await (const line of readLog(path, { follow: false, signal: never }, () => Promise.resolve())) {
      seen.push(numberOf(line));
      print(100, 102);
      if (seen.length === 2) rotate();
    }
    expect(seen).toEqual([1, 2, 3]);
  });

  test("begins with the last lines, wherever its files and blocks begin", async () => {
    const files = fc.array(
      fc.record({ lines: fc.integer({ min: 0, max: 40 }), padding: fc.integer({ min: 0, max: 9000 }) }),
      { minLength: 1, maxLength: MAX_LOG_FILES },
    );
    await fc.assert(
      fc.asyncProperty(files, fc.integer({ min: 0, max: 120 }), async (written, tailLines) => {
        rmSync(directory, { recursive: true });
        directory = mkdtempSync(join(tmpdir(), "kubelith-logs-"));
        path = join(directory, "container-json.log");
        let last = 0;
        for (const [index, { lines, padding }] of written.entries()) {
          if (index > 0) rotate();
          print(last + 1, last + lines, padding);
          last += lines;
        }
        expect(await read({ tailLines })).toEqual(range(Math.max(1, last - tailLines + 1), last));
      }),
      { numRuns: 40 },
    );
  });
});

describe("a log that is followed", () => {
  test("goes on while its container prints, to what was printed last", async () => {
    print(1, 2);
    const reader = follow();
    expect(await reader.take(2)).toEqual([1, 2]);
    const third = reader.next();
    print(3, 3);
    expect(await third).toBe(3);
    const last = reader.take(2);
    print(4, 4);
    reader.end();
    expect(await last).toEqual([4, undefined]);
  });

  test("loses nothing when several files are filled before it is read on", async () => {
    print(1, 10);
    const reader = follow();
    expect(await reader.next()).toBe(1);
    for (let file = 1; file < MAX_LOG_FILES; file += 1) {
      rotate();
      print(file * 10 + 1, file * 10 + 10);
    }
    reader.end();
    expect(await reader.take(50)).toEqual([...range(2, MAX_LOG_FILES * 10), undefined]);
  });

  test("goes on with the oldest file that is left when the reader is too late for the others", async () => {
    print(1, 10);
    const reader = follow();
    expect(await reader.next()).toBe(1);
    for (let file = 1; file <= MAX_LOG_FILES + 1; file += 1) {
      rotate();
      print(file * 10 + 1, file * 10 + 10);
    }
    reader.end();
    const last = MAX_LOG_FILES * 10 + 20;
    expect(await reader.take(60)).toEqual([...range(2, 10), ...range(21, last), undefined]);
  });

  test("is read to its end when it is removed with its container", async () => {
    print(1, 3);
    const reader = follow();
    expect(await reader.next()).toBe(1);
    rmSync(path);
    reader.end();
    expect(await reader.take(3)).toEqual([2, 3, undefined]);
  });

  test("waits for a line to be complete", async () => {
    print(1, 1);
    const reader = follow();
    expect(await reader.next()).toBe(1);
    const second = reader.next();
    const text = record(2);
    appendFileSync(path, text.slice(0, 30));
    await new Promise(setImmediate);
    appendFileSync(path, text.slice(30));
    expect(await second).toBe(2);
    await reader.stop();
  });

  test("ends when its reader goes", async () => {
    print(1, 1);
    const gone = new AbortController();
    const reader = follow(gone.signal);
    expect(await reader.next()).toBe(1);
    const rest = reader.next();
    gone.abort();
    expect(await rest).toBeUndefined();
  });

  test("loses nothing in whatever order it is written, filled and read", async () => {
    const steps = fc.array(fc.constantFrom("print", "print", "rotate", "read"), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        rmSync(directory, { recursive: true });
        directory = mkdtempSync(join(tmpdir(), "kubelith-logs-"));
        path = join(directory, "container-json.log");
        print(1, 1);
        const reader = follow();
        const seen = [await reader.next()];
        let last = 1;
        let filled = 0;
        for (const step of taken) {
          if (step === "print") print(++last, last);
          else if (step === "rotate" && ++filled < MAX_LOG_FILES) rotate();
          else if (seen.length < last) {
            seen.push(await reader.next());
            filled = 0;
          }
        }
        reader.end();
        for (let next = await reader.next(); next !== undefined; next = await reader.next()) seen.push(next);
        expect(seen).toEqual(range(1, last));
      }),
      { numRuns: 40 },
    );
  });
});
