import type { Readable } from "node:stream";

const LENGTH_SIZE = 2;

/** A message as it travels over TCP: behind its length (RFC 1035 4.2.2). */
export function frame(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_SIZE + message.length);
  new DataView(framed.buffer).setUint16(0, message.length);
  framed.set(message, LENGTH_SIZE);
  return framed;
}

/** Calls `onMessage` for every complete message of a stream. */
export function readFrames(stream: Readable, onMessage: (message: Uint8Array) => void): void {
  let pending: Uint8Array = new Uint8Array(0);
  stream.on("data", (chunk: Uint8Array) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let size = messageSize(pending); pending.length >= size; size = messageSize(pending)) {
      onMessage(pending.subarray(LENGTH_SIZE, size));
      pending = pending.subarray(size);
    }
  });
}

/** Length of the first message with its prefix; out of reach while the prefix is incomplete. */
function messageSize(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_SIZE) return Number.POSITIVE_INFINITY;
  return LENGTH_SIZE + new DataView(bytes.buffer, bytes.byteOffset).getUint16(0);
}
