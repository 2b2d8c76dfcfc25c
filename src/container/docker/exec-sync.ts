import type { Readable } from "node:stream";
import { abortable } from "#base/disposable.ts";
import type { ExecResult, ExecSession } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import { signalProcess } from "./signal-process.ts";

/** As much of a probe's output as anybody reads (kubelet `maxReadLength` of probes is 10 kB). */
const MAX_OUTPUT_BYTES = 1024 * 1024;

/** A command that is to run in a container. */
export interface Exec {
  /** Starts it. */
  session(): Promise<ExecSession>;
  /** Process id on the host. */
  pid(): Promise<number>;
}

export interface RunOptions {
  readonly command: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Runs an exec to its end and kills its process when that takes too long: the engine itself has no timeout. */
export async function runToEnd(exec: Exec, { command, timeoutMs, signal }: RunOptions): Promise<ExecResult> {
  await using session = await exec.session();
  const { promise: expired, resolve } = Promise.withResolvers<"expired">();
  const timer = setTimeout(() => resolve("expired"), timeoutMs);
  const finished = Promise.all([read(session.stdout), read(session.stderr), session.exitCode]);
  finished.catch(() => undefined); // Nobody reads what a killed process still says.
  try {
    const outcome = await abortable(Promise.race([finished, expired]), signal);
    if (outcome !== "expired") {
      const [stdout, stderr, exitCode] = outcome;
      return { exitCode, stdout, stderr };
    }
    throw new RuntimeError(
      { code: "execTimeout", timeoutMs },
      `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${String(timeoutMs / 1000)}s`,
    );
  } catch (error) {
    signalProcess(await exec.pid(), "SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function read(stream: Readable | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (stream ?? []) as AsyncIterable<Uint8Array>) {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}
