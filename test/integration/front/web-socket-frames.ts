/** As much of RFC 6455 as the tests need: whole messages below 64 KiB. */
import type { Readable } from "node:stream";

const BINARY = 0x82;
const CLOSE = 0x88;
const NORMAL_CLOSURE = 1000;

/** A binary message from a server. */
export function frame(payload: Uint8Array): Buffer {
  return withHead(BINARY, payload);
}

export function closeFrame(): Buffer {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(NORMAL_CLOSURE);
  return withHead(CLOSE, payload);
}

/** The messages from a client, until it closes. */
export async function* framesOf(stream: Readable): AsyncGenerator<Buffer> {
  let received = Buffer.alloc(0);
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    for (let next = parseFrame(received); next !== undefined; next = parseFrame(received)) {
      if (next.opcode === (CLOSE & 0xf)) return;
      received = received.subarray(next.size);
      if (next.opcode === (BINARY & 0xf)) yield next.payload;
    }
  }
}

function withHead(first: number, payload: Uint8Array): Buffer {
  const isShort = payload.length < 126;
  const head = Buffer.alloc(isShort ? 2 : 4);
  head[0] = first;
  head[1] = isShort ? payload.length : 126;
  if (!isShort) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

/** Clients mask what they send. Undefined while the frame is not complete. */
function parseFrame(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const headSize = short === 126 ? 4 : 2;
  if (bytes.length < headSize + 4) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const size = headSize + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(headSize, headSize + 4);
  const payload = bytes.subarray(headSize + 4, size).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return { opcode: bytes.readUInt8(0) & 0xf, payload: Buffer.from(payload), size };
}
