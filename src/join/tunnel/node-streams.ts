import { connect } from "node:net";
import { DIAL_ERRORS, goReason, TRANSFER_ERRORS } from "#apimachinery/go-network-error.ts";
import type { Clock } from "#base/clock.ts";
import { carryBothWays } from "../carry-both-ways.ts";
import type { TunnelTarget } from "./frame.ts";
import type { OfferedStream } from "./multiplexer.ts";

/** What does not answer is given up after this long; servers give up earlier. */
const DIAL_TIMEOUT_MS = 30_000;

export interface NodeStreamsDependencies {
  /** Where a stream leads; undefined for what a server may not reach. */
  readonly resolve: (target: TunnelTarget) => TunnelTarget | undefined;
  readonly clock: Clock;
}

/** Connects a stream that a server has opened to what it is for, or refuses it. */
export function connectStream(
  { stream, target, accept }: OfferedStream,
  { resolve, clock }: NodeStreamsDependencies,
): void {
  // The other side is told by the stream itself.
  stream.on("error", () => undefined);
  const address = resolve(target);
  if (address === undefined) {
    stream.destroy(new Error("connect: not allowed through the tunnel of this node"));
    return;
  }
  const socket = connect({ ...address, allowHalfOpen: true, noDelay: true });
  const timer = clock.after(DIAL_TIMEOUT_MS, () => stream.destroy(new Error("i/o timeout")));
  const give = (words: typeof DIAL_ERRORS) => (error: Error) => {
    stream.destroy(new Error(goReason(error, words)));
  };
  const failed = give(DIAL_ERRORS);
  const gone = (): void => void socket.destroy();
  socket.once("error", failed);
  stream.once("close", gone);
  socket.once("close", () => timer[Symbol.dispose]());
  socket.once("connect", () => {
    timer[Symbol.dispose]();
    socket.off("error", failed).once("error", give(TRANSFER_ERRORS));
    stream.off("close", gone);
    accept();
    carryBothWays(stream, socket);
  });
}
