import type { Duplex, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Opens a connection to a port of the pod. */
export type Connect = (port: number) => Promise<Duplex>;

/** The client's end of one forwarded connection. */
export interface ForwardedStreams {
  readonly from: Readable;
  readonly to: Writable;
}

/**
 * Connects to a port of the pod and carries bytes both ways until both sides have ended; either may end before the
 * other. Rejects when no connection can be made. A connection that breaks off later breaks off the client's streams.
 */
export async function forwardPort(
  port: number,
  { from, to }: ForwardedStreams,
  connect: Connect,
): Promise<void> {
  const connection = await connect(port);
  await Promise.allSettled([pipeline(from, connection), pipeline(connection, to)]);
  connection.destroy();
}

/** What the client reads on its error stream (kubernetes `cri-streaming/pkg/streaming/portforward/httpstream.go`). */
export function forwardError(port: number, sandboxId: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `error forwarding port ${String(port)} to pod ${sandboxId}, uid : ${why}`;
}
