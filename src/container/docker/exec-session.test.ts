import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { createExecSession } from "./exec-session.ts";

const FRAME = Buffer.from([1, 0, 0, 0, 0, 0, 0, 5, ...Buffer.from("hello")]);
const ERROR_FRAME = Buffer.from([2, 0, 0, 0, 0, 0, 0, 3, ...Buffer.from("err")]);
const PIPES = { stdin: true, stdout: true, stderr: true, tty: false };

/** A session and the engine's end of its connection, which keeps what it is asked to signal. */
function session(options: typeof PIPES) {
  const [connection, engine] = duplexPair();
  const signals: string[] = [];
  const signalled = Promise.withResolvers<void>();
  const opened = createExecSession(
    {
      connection,
      resize: () => Promise.resolve(),
      signal: async (signal) => {
        signals.push(signal);
        signalled.resolve();
      },
      exitCode: () => Promise.resolve(3),
    },
    options,
  );
  return { opened, engine, connection, signals, signalled: signalled.promise };
}

async function text(stream: AsyncIterable<Buffer> | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function ended(engine: Duplex): Promise<void> {
  engine.resume();
  if (!engine.readableEnded) await once(engine, "end");
}

describe("a session", () => {
  test("tells outputs apart and ends with the exit code", async () => {
    const { opened, engine, signals } = session(PIPES);
    engine.write(FRAME);
    engine.end(ERROR_FRAME);
    expect(await Promise.all([text(opened.stdout), text(opened.stderr), opened.exitCode])).toEqual([
      "hello",
      "err",
      3,
    ]);
    await opened[Symbol.asyncDispose]();
    expect(signals).toEqual([]);
  });

  test("makes a process wait whose output nobody reads", async () => {
    const { opened, engine } = session({ ...PIPES, tty: true });
    let written = 0;
    while (engine.write(Buffer.alloc(64 * 1024)) || written < 3) {
      written++;
      await new Promise(setImmediate);
      expect(written).toBeLessThan(20);
    }
    await opened[Symbol.asyncDispose]();
  });

  test("that is given up closes the input, and the process ends at its next output", async () => {
    const { opened, engine, connection, signals, signalled } = session(PIPES);
    await opened[Symbol.asyncDispose]();
    await ended(engine);
    expect(signals).toEqual([]);
    engine.write(FRAME);
    await signalled;
    await new Promise(setImmediate);
    expect([signals, connection.destroyed]).toEqual([["SIGPIPE"], true]);
  });

  test("that is given up hangs up a terminal", async () => {
    const { opened, connection, signals } = session({ ...PIPES, tty: true });
    await opened[Symbol.asyncDispose]();
    expect([signals, connection.destroyed]).toEqual([["SIGHUP"], true]);
  });
});
