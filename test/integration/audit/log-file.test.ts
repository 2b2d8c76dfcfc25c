import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LogFile } from "#apiserver/audit/backends/log-file.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { until } from "../until.ts";

let directory: string;
let clock: FakeClock;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-audit-log-"));
  clock = new FakeClock(Date.UTC(2026, 10, 29, 22, 10));
});

afterEach(() => rm(directory, { recursive: true }));

function openLog(
  maxSizeBytes: number,
  { path = join(directory, "audit.log"), compress = false } = {},
): LogFile {
  const onUncompressed = (error: unknown): never => {
    throw error;
  };
  return new LogFile({ path, maxSizeBytes, maxBackups: 1, maxAgeMs: 0, compress }, { clock, onUncompressed });
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

test("older files are compressed", async () => {
  using log = openLog(10, { compress: true });
  for (const line of ["first\n", "next\n"]) {
    log.write(line);
    await clock.advance(1000);
  }
  const backup = "audit-2026-11-29T22-10-01.000.log";
  await until(async () => !(await readdir(directory)).includes(backup));
  const path = join(directory, `${backup}.gz`);
  expect(gunzipSync(await readFile(path)).toString()).toBe("first\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
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

test("a line that no file has room for leaves nothing behind", async () => {
  using log = openLog(10);
  expect(() => log.write("much too long for it\n")).toThrow("it exceeds the size of a file");
  log.write("short\n");
  expect(await contentOf("audit.log")).toBe("short\n");
});

test("a full disk loses lines and leaves no half ones", () => {
  using log = openLog(0, { path: "/dev/full" });
  expect(() => log.write("a\n")).toThrow("ENOSPC");
});
