import type { Duplex, Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Opens a connection to a port of the pod. */
export type Connect = (port: number) => Promise<Duplex>;

/** The client's end of one forwarded connection. */
export interface ForwardedStreams {
  readonly from: Readable;
  readonly to: Writable;
  /** Whether the client can end what it sends and still read. */
  readonly canHalfClose: boolean;
}

/**
 * Connects to a port of the pod and carries bytes both ways until both sides have ended, or the pod's side when the
 * client has no way to end its own; either may end before the other. Rejects when no connection can be made. A
 * connection that breaks off later breaks off the client's streams.
 */
export async function forwardPort(
  port: number,
  { from, to, canHalfClose }: ForwardedStreams,
  connect: Connect,
): Promise<void> {
  const connection = await connect(port);
  const directions = [pipeline(connection, to), pipeline(from, connection)];
  const ended = Promise.allSettled(canHalfClose ? directions : directions.slice(0, 1));
  for (const direction of directions) direction.catch(() => undefined);
  await ended;
  connection.destroy();
}

/** What the client reads on its error stream (kubernetes `cri-streaming/pkg/streaming/portforward/httpstream.go`). */
export function forwardError(port: number, sandboxId: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `error forwarding port ${String(port)} to pod ${sandboxId}, uid : ${why}`;
}
