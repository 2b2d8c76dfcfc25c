import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../../..");
const BUILD = [process.execPath, "build", "--compile", "--minify"];

test("an executable has the router, the certificates and the descriptions in itself", async () => {
  const home = await mkdtemp(join(tmpdir(), "kubelith-executable-"));
  const executable = join(home, "app");
  await run(ROOT, ...BUILD, "--outfile", executable, "test/integration/front/executable-main.ts");
  // Away from the sources and their packages, so that nothing can be found there.
  expect(await run(home, executable)).toBe("h2 200 true\nhttp/1.1 200 true\n");
  await rm(home, { recursive: true });
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
