import { constants, deflateSync } from "node:zlib";
import {
  type Frame,
  FrameReader,
  formatData,
  formatGoAway,
  formatPing,
  formatReset,
} from "#kubelet/server/spdy/frame.ts";
import { HEADER_DICTIONARY } from "#kubelet/server/spdy/header-dictionary.ts";
import { SpdyConnection } from "#kubelet/server/spdy/spdy-connection.ts";
import { SpdyError } from "#kubelet/server/spdy/spdy-error.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { bytesTarget, ensureSame } from "../engine/target.ts";
import { MemorySocket } from "../streams/memory-socket.ts";

const FIN = 1;
/** Short inputs are cut into single bytes. */
const MOST_PIECES = 500;

/** SPDY/3.1: frames, however they are cut, and connections on which anything may come. */
export const target = bytesTarget({
  seeds: [
    Buffer.concat([
      opening(1, { streamtype: "stdin" }),
      formatData(1, Buffer.from("hello"), false),
      formatData(1, Buffer.alloc(0), true),
    ]),
    Buffer.concat([formatPing(1), formatPing(2), formatReset(1, 5), formatGoAway(0)]),
    Buffer.concat([opening(1, { streamtype: "error" }, FIN), opening(1, {}), formatReset(1, 1)]),
    Buffer.from("8003000400000014000000010000000400000100", "hex"),
    opening(2, { port: "80" }),
  ],
  dictionary: ["\u0000\u0003\u0000\u0001", "\u0000\u0000\u0000\u0001", "\u0000\u0000\uffff"],
  refusals: [SpdyError],
  open: () => async (bytes) => {
    const frames = framesOf([bytes]);
    const size = Math.ceil((bytes.length + 1) / MOST_PIECES);
    const pieces = Array.from({ length: MOST_PIECES }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const cut = framesOf(pieces);
    ensureSame(cut, frames, "It does not matter how frames are cut");
    const socket = new MemorySocket(bytes);
    const connection = new SpdyConnection(
      socket,
      {
        admits: (headers) => headers["streamtype"] !== "no",
        onStream: (stream) => stream.resume().end("answer"),
      },
      { clock: new FakeClock(), idleTimeoutMs: 60_000 },
    );
    try {
      await connection.serve();
    } finally {
      framesOf([socket.sent]);
    }
    return undefined;
  },
});

/** A frame that opens a stream, on a connection on which no other has been opened before. */
function opening(streamId: number, headers: Readonly<Record<string, string>>, flags = 0): Buffer {
  const texts = Object.entries(headers).flat();
  const content = Buffer.concat([
    uint32(texts.length / 2),
    ...texts.flatMap((text) => [uint32(text.length), Buffer.from(text)]),
  ]);
  const block = deflateSync(content, { dictionary: HEADER_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  const body = Buffer.concat([uint32(streamId), uint32(0), Buffer.alloc(2), block]);
  return Buffer.concat([Buffer.from([0x80, 3, 0, 1]), uint32(flags * 2 ** 24 + body.length), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The frames in a stream, the pieces of each data frame joined, as far as the stream can be read. */
function framesOf(chunks: readonly Buffer[]): readonly unknown[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  try {
    for (const chunk of chunks) for (const frame of reader.read(chunk)) frames.push(frame);
  } catch (error) {
    if (!(error instanceof SpdyError)) throw error;
  }
  return joined(frames);
}

function joined(frames: readonly Frame[]): readonly unknown[] {
  const result: unknown[] = [];
  let open: { streamId: number; content: Buffer; isLast: boolean } | undefined;
  for (const frame of frames) {
    if (frame.type !== "data") {
      result.push(frame);
      open = undefined;
    } else if (open?.streamId === frame.streamId && !open.isLast) {
      open.content = Buffer.concat([open.content, frame.content]);
      open.isLast = frame.isLast;
    } else {
      open = { streamId: frame.streamId, content: frame.content, isLast: frame.isLast };
      result.push(open);
    }
  }
  return result;
}
