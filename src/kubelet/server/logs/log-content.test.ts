import { expect, test } from "bun:test";
import type { LogLine } from "#container/runtime.ts";
import { logContent } from "./log-content.ts";

async function* lines(): AsyncGenerator<LogLine> {
  const line = (stream: LogLine["stream"], second: number, text: string): LogLine => ({
    stream,
    timestamp: `2026-01-01T00:00:0${String(second)}Z`,
    content: Buffer.from(text),
  });
  yield line("stdout", 1, "one\n");
  yield line("stderr", 2, "two\n");
  yield line("stdout", 3, "long ");
  yield line("stdout", 4, "line\n");
}

const base = { stream: undefined, timestamps: false, limitBytes: undefined } as const;

test.each([
  ["everything", base, "one\ntwo\nlong line\n"],
  ["one stream", { ...base, stream: "stderr" } as const, "two\n"],
  ["so many bytes", { ...base, limitBytes: 6 }, "one\ntw"],
  ["all bytes of a limit that ends with a line", { ...base, limitBytes: 4 }, "one\n"],
  [
    "times, once for a line that comes in parts",
    { ...base, timestamps: true },
    "2026-01-01T00:00:01Z one\n2026-01-01T00:00:02Z two\n2026-01-01T00:00:03Z long line\n",
  ],
  ["times within the limit", { ...base, timestamps: true, limitBytes: 22 }, "2026-01-01T00:00:01Z o"],
])("a log is shown with %s", async (_name, { limitBytes, ...options }, want) => {
  const wanted = { ...options, limitBytes };
  const pieces = await Array.fromAsync(logContent(lines(), wanted));
  expect(Buffer.concat(pieces).toString()).toBe(want);
});
