import { expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../contract/store-fixtures.ts";

const ROOT = join(import.meta.dir, "../..");

/** As scripts/build does it: the worker is the second entry point, under the root of the sources. */
const BUILD = [process.execPath, "build", "--compile", "--minify", "--root", "src"];
const ENTRY_POINTS = ["test/integration/store-executable-main.ts", "src/store/sqlite/worker.ts"];

test("an executable has the worker and SQLite in itself", async () => {
  await using home = await temporaryDirectory();
  const executable = join(home.path, "app");
  await run(ROOT, ...BUILD, "--outfile", executable, ...ENTRY_POINTS);
  // Away from the sources and their packages, so that nothing can be found there.
  expect(await run(home.path, executable, join(home.path, "data"))).toBe("started 1 times\n");
  expect(await run(home.path, executable, join(home.path, "data"))).toBe("started 2 times\n");
}, 60_000);

async function run(cwd: string, ...command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdout: "pipe", stderr: "pipe" });
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  expect(exitCode, errors).toBe(0);
  return output;
}
