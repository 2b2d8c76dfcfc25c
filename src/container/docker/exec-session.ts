import { type Duplex, PassThrough, type Readable } from "node:stream";
import type { ExecSession, StreamOptions } from "../runtime.ts";

/** What a hijacked connection needs to become a session. */
export interface Hijacked {
  readonly connection: Duplex;
  /** Splits the engine's framed output into the two streams (`docker-modem`). */
  readonly demux: (stream: Duplex, stdout: PassThrough, stderr: PassThrough) => void;
  readonly resize: ExecSession["resize"];
  /** Called when the session is given up before its process has ended. Never rejects. */
  readonly hangUp?: () => Promise<void>;
  /** Asked for once, after all output has been read. */
  readonly exitCode: () => Promise<number>;
}

/** Wraps a hijacked connection of `exec` or `attach` as a session. */
export function createExecSession(
  { connection, demux, resize, hangUp, exitCode }: Hijacked,
  options: StreamOptions,
): ExecSession {
  const { stdout, stderr } = outputsOf(connection, demux, options.tty);
  if (!options.stdin) connection.end();
  return {
    stdin: options.stdin ? connection : undefined,
    stdout: options.stdout ? stdout : discard(stdout),
    stderr: options.stderr && !options.tty ? stderr : discard(stderr),
    resize,
    exitCode: outputEnd(connection).then(exitCode),
    [Symbol.asyncDispose]: async () => {
      const isGivenUp = !connection.readableEnded && !connection.destroyed;
      connection.destroy();
      if (isGivenUp) await hangUp?.();
    },
  };
}

function outputsOf(connection: Duplex, demux: Hijacked["demux"], tty: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  if (tty) connection.pipe(stdout);
  else demux(connection, stdout, stderr);
  connection.once("close", () => {
    stdout.end();
    stderr.end();
  });
  connection.once("end", () => {
    stdout.end();
    stderr.end();
  });
  return { stdout, stderr };
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
