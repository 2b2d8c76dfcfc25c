import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, TestNamespace } from "./network-lab.ts";

test("the kernel binding works inside a compiled executable", async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "kt-compiled-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const namespace = stack.use(new TestNamespace("compiled"));
  const executable = join(directory, "entry");
  const entry = join(import.meta.dir, "network-compiled-entry.ts");
  run("bun", "build", "--compile", entry, "--outfile", executable);
  const child = Bun.spawn([executable, namespace.path], { stdout: "pipe", stderr: "inherit" });
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  expect((await lines.read()).value).toBe("watching\n");
  namespace.run("nft", "add", "chain", "ip", "t", "foreign");
  expect(JSON.parse((await lines.read()).value ?? "")).toEqual({
    links: ["lo", "br0"],
    chains: ["c", "foreign"],
  });
  expect(await child.exited).toBe(0);
  expect(namespace.run("nft", "list", "ruleset")).toContain("type nat hook prerouting priority dstnat");
}, 60_000);
