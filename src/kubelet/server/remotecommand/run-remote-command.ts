import type { Readable, Writable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { onAbort } from "#base/disposable.ts";
import type { ExecSession } from "#container/runtime.ts";
import type { RemoteCommandStreams } from "./remote-command-streams.ts";
import { formatStatus, type RemoteCommandStatus } from "./status.ts";
import { terminalSizes } from "./terminal-sizes.ts";

/** What is executed or attached to. */
export interface RemoteCommand {
  open(): Promise<ExecSession>;
  /** How it ended; the exit code's promise rejects when there is none. */
  outcome(exitCode: Promise<number>): Promise<RemoteCommandStatus>;
  /** What the client is told when it could not be opened. */
  failure(error: unknown): RemoteCommandStatus;
}

/**
 * Connects a client with a process until the process ends, and tells the client how. When the client goes first, the
 * streams of the process are closed and nothing else happens to it.
 */
export async function runRemoteCommand(
  command: RemoteCommand,
  streams: RemoteCommandStreams,
): Promise<RemoteCommandStatus> {
  const status = await outcomeOf(command, streams);
  const text = formatStatus(status, streams.protocol.statusForm);
  if (text !== "") streams.error.write(text);
  streams.error.end();
  // Fails only when there is nobody left to tell.
  await finished(streams.error, { readable: false }).catch(() => undefined);
  return status;
}

async function outcomeOf(
  command: RemoteCommand,
  streams: RemoteCommandStreams,
): Promise<RemoteCommandStatus> {
  try {
    await using session = await open(command, streams);
    using _ = onAbort(streams.signal, () => void session[Symbol.asyncDispose]());
    // Nobody waits for it when an output fails before.
    session.exitCode.catch(() => undefined);
    void copyInput(streams.stdin, session.stdin);
    void followSizes(streams.resize, session);
    await Promise.all([
      copyOutput(session.stdout, streams.stdout),
      copyOutput(session.stderr, streams.stderr),
    ]);
    return await command.outcome(session.exitCode);
  } catch (error) {
    return command.failure(error);
  }
}

async function open(command: RemoteCommand, streams: RemoteCommandStreams): Promise<ExecSession> {
  try {
    return await command.open();
  } finally {
    await streams.announce();
  }
}

/** A process need not read its input: that it has closed it before the client did says nothing of the outcome. */
async function copyInput(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from !== undefined && to !== undefined) await pipeline(from, to).catch(() => undefined);
}

async function copyOutput(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (from !== undefined && to !== undefined) await pipeline(from, to);
}

/** A size that comes too late, or cannot be set, is not worth ending the session. */
async function followSizes(resize: Readable | undefined, session: ExecSession): Promise<void> {
  if (resize === undefined) return;
  try {
    for await (const size of terminalSizes(resize)) await session.resize(size).catch(() => undefined);
  } catch {
    // The client has gone, which ends the session by itself.
  }
}
