import { describe, expect, test } from "bun:test";
import { FakeClock } from "#testing/fake-clock.ts";
import { createLogger, type LoggerOptions, levelOfVerbosity } from "./create-logger.ts";

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const logger = createLogger(
    { format: "text", level: "info", ...options },
    { clock: new FakeClock(), write },
  );
  return { lines, logger };
}

const START = 'time=2026-01-01T00:00:00.000Z level=info msg="Created sandbox"';

describe("createLogger", () => {
  const cases: { name: string; fields: Record<string, unknown>; want: string }[] = [
    { name: "plain words bare", fields: { pod: "default/web", port: 80 }, want: "pod=default/web port=80" },
    { name: "what would break the line quoted", fields: { text: 'a "b"\nc' }, want: 'text="a \\"b\\"\\nc"' },
    { name: "the empty text quoted", fields: { text: "" }, want: 'text=""' },
    {
      name: "an error with its causes",
      fields: { error: new Error("Cannot start", { cause: new Error("no such file") }) },
      want: 'error="Cannot start: no such file"',
    },
    {
      name: "a cause that the message already names once",
      fields: { error: new Error("Cannot start: no such file", { cause: new Error("no such file") }) },
      want: 'error="Cannot start: no such file"',
    },
  ];
  test.each(cases)("writes $name", ({ fields, want }) => {
    const { lines, logger } = capture();
    logger.info("Created sandbox", fields);
    expect(lines).toEqual([`${START} ${want}\n`]);
  });

  test("writes JSON with typed values", () => {
    const { lines, logger } = capture({ format: "json" });
    logger.with({ component: "kubelet" }).warn("Retried", { attempt: 2, ok: false });
    expect(lines).toEqual([
      '{"time":"2026-01-01T00:00:00.000Z","level":"warn","msg":"Retried","component":"kubelet","attempt":2,"ok":false}\n',
    ]);
  });

  test.each([
    { level: "error", want: 1 },
    { level: "warn", want: 2 },
    { level: "info", want: 3 },
    { level: "debug", want: 4 },
  ] as const)("level $level lets $want of four lines through", ({ level, want }) => {
    const { lines, logger } = capture({ level });
    for (const write of ["error", "warn", "info", "debug"] as const) logger[write]("Happened");
    expect(lines.length).toBe(want);
  });

  test("debugging starts at -v 4", () => {
    expect([0, 3, 4, 10].map(levelOfVerbosity)).toEqual(["info", "info", "debug", "debug"]);
  });
});
