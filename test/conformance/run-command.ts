import { PassThrough } from "node:stream";
import { runCli } from "#cli/cli.ts";

/** Runs a command line of Kubelith's, with what it prints on both streams. */
export async function runCommand(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(words, {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    colorDepth: 1,
    signal: new AbortController().signal,
    machine: { hostname: "n1", address: "192.0.2.10" },
  });
  return { code, text: textIn(stdout) + textIn(stderr) };
}

function textIn(stream: PassThrough): string {
  const chunks: Buffer[] = [];
  for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
