import { once } from "node:events";
import { type Duplex, PassThrough, type Readable } from "node:stream";
import type { ExecSession, StreamOptions } from "../runtime.ts";
import { demultiplex, type OutputPiece } from "./demultiplex.ts";

/** What a hijacked connection needs to become a session. */
export interface Hijacked {
  readonly connection: Duplex;
  readonly resize: ExecSession["resize"];
  /** Signals the process, if the session is what it was started for. Never rejects. */
  readonly signal?: (signal: "SIGHUP" | "SIGPIPE") => Promise<void>;
  /** Asked for once, after all output has been read. */
  readonly exitCode: () => Promise<number>;
}

/**
 * Wraps a hijacked connection of `exec` or `attach` as a session. A slow reader makes the process wait.
 *
 * The engine goes on reading the output of a process that nobody listens to, so that it would never notice. When a
 * session is given up, its process therefore gets what the kernel sends in such a case: SIGHUP when its terminal is
 * closed, and SIGPIPE when it prints something next.
 */
export function createExecSession(
  { connection, resize, signal, exitCode }: Hijacked,
  options: StreamOptions,
): ExecSession {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const isGivenUp = { value: false };
  const pieces = options.tty ? terminalOutput(connection) : demultiplex(connection);
  void copyPieces(pieces, { stdout, stderr }, async () => {
    if (isGivenUp.value) await signal?.("SIGPIPE");
    return !isGivenUp.value;
  });
  if (!options.stdin) connection.end();
  return {
    stdin: options.stdin ? connection : undefined,
    stdout: options.stdout ? stdout : discard(stdout),
    stderr: options.stderr && !options.tty ? stderr : discard(stderr),
    resize,
    exitCode: outputEnd(connection).then(exitCode),
    [Symbol.asyncDispose]: async () => {
      const hasEnded = connection.readableEnded || connection.destroyed;
      isGivenUp.value = true;
      stdout.destroy();
      stderr.destroy();
      if (hasEnded || signal === undefined || options.tty) connection.destroy();
      else connection.end();
      if (!hasEnded && options.tty) await signal?.("SIGHUP");
    },
  };
}

/** Copies until the output ends or `goesOn` says otherwise, which ends the connection. Never rejects. */
async function copyPieces(
  pieces: AsyncIterable<OutputPiece>,
  outputs: Readonly<Record<OutputPiece["stream"], PassThrough>>,
  goesOn: () => Promise<boolean>,
): Promise<void> {
  try {
    for await (const { stream, content } of pieces) {
      if (!(await goesOn())) break;
      const output = outputs[stream];
      if (!output.destroyed && !output.write(content)) await hasRoom(output);
    }
  } catch {
    // A connection that breaks off is an end like any other; the exit code tells more.
  }
  outputs.stdout.end();
  outputs.stderr.end();
}

async function hasRoom(output: PassThrough): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([once(output, "drain", { signal }), once(output, "close", { signal })]).catch(
    () => undefined,
  );
  waiting.abort();
}

async function* terminalOutput(connection: Duplex): AsyncGenerator<OutputPiece, void, void> {
  for await (const content of connection as AsyncIterable<Buffer>) yield { stream: "stdout", content };
}

/** Output nobody asked for must still be read, or the process blocks on a full pipe. */
function discard(stream: Readable): undefined {
  stream.resume();
  return undefined;
}

/** Resolves when the engine has sent everything; a broken connection counts, the exit code then tells more. */
function outputEnd(connection: Duplex): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) connection.once(event, () => resolve());
  });
}
