import { PassThrough } from "node:stream";
import type { ExecSession, StreamOptions } from "../runtime.ts";
import type { FakeProcess } from "./fake-process.ts";

/** The streams of a process whose exit code comes later. */
export function fakeSession(
  process: FakeProcess,
  options: StreamOptions,
  exitCode: Promise<number>,
): ExecSession {
  const stdout = options.stdout ? new PassThrough() : undefined;
  const stderr = options.stderr && !options.tty ? new PassThrough() : undefined;
  const output = process.onOutput((stream, content) => {
    if (stream === "stdout" || options.tty) stdout?.write(content);
    else stderr?.write(content);
  });
  const end = (): void => {
    output[Symbol.dispose]();
    stdout?.end();
    stderr?.end();
  };
  return {
    stdin: options.stdin ? process.stdinWriter : undefined,
    stdout,
    stderr,
    resize: (size) => {
      process.size = size;
      return Promise.resolve();
    },
    exitCode: exitCode.finally(end),
    [Symbol.asyncDispose]: () => {
      end();
      return Promise.resolve();
    },
  };
}
