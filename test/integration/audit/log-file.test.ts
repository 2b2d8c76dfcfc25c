import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile } from "#apiserver/audit/log-file.ts";
import { createLogger } from "#observability/create-logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";

let directory: string;
let clock: FakeClock;
let logLines: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-audit-log-"));
  clock = new FakeClock(Date.UTC(2026, 10, 29, 22, 10));
  logLines = [];
});

afterEach(() => rm(directory, { recursive: true }));

function openLog(maxSizeBytes: number, path = join(directory, "audit.log")): LogFile {
  const write = (line: string): void => void logLines.push(line);
  const logger = createLogger({ format: "text", level: "info" }, { clock, write });
  return new LogFile({ path, maxSizeBytes, maxBackups: 1, maxAgeMs: 0 }, { clock, logger });
}

const contentOf = (name: string): Promise<string> => readFile(join(directory, name), "utf8");

test("a full file makes room for another one, and the oldest goes", async () => {
  using log = openLog(10);
  for (const line of ["first\n", "next\n", "third\n"]) {
    log.write(line);
    await clock.advance(1000);
  }
  expect((await readdir(directory)).sort()).toEqual(["audit-2026-11-29T22-10-02.000.log", "audit.log"]);
  expect(await contentOf("audit.log")).toBe("third\n");
  expect(await contentOf("audit-2026-11-29T22-10-02.000.log")).toBe("next\n");
  expect((await stat(join(directory, "audit.log"))).mode & 0o777).toBe(0o600);
});

test("a file of an earlier run is continued", async () => {
  openLog(100)[Symbol.dispose]();
  {
    using log = openLog(100);
    log.write("a\n");
  }
  using log = openLog(100);
  log.write("b\n");
  expect(await contentOf("audit.log")).toBe("a\nb\n");
});

test("an event that no file has room for is lost, and only the first of several is logged", async () => {
  using log = openLog(10);
  log.write("much too long for it\n");
  log.write("much too long again\n");
  log.write("short\n");
  expect(await contentOf("audit.log")).toBe("short\n");
  expect(logLines).toHaveLength(1);
  expect(logLines[0]).toContain("Failed to write audit events");
});

test("a full disk loses events and leaves no half lines", () => {
  using log = openLog(0, "/dev/full");
  log.write("a\n");
  log.write("b\n");
  expect(logLines).toHaveLength(1);
});
