import { SpdyError } from "./spdy-error.ts";

/** The frames of SPDY/3.1 that matter between kubelets and their clients (SPDY Protocol, Draft 3.1, section 2.6). */
export type Frame =
  | { readonly type: "data"; readonly streamId: number; readonly isLast: boolean; readonly content: Buffer }
  | {
      readonly type: "synStream";
      readonly streamId: number;
      readonly isLast: boolean;
      readonly block: Buffer;
    }
  /** SYN_REPLY and HEADERS. */
  | { readonly type: "headers"; readonly streamId: number; readonly isLast: boolean; readonly block: Buffer }
  | { readonly type: "reset"; readonly streamId: number; readonly status: number }
  | { readonly type: "ping"; readonly id: number }
  | { readonly type: "goAway"; readonly lastStreamId: number; readonly status: number }
  /** SETTINGS and WINDOW_UPDATE: nobody in Kubernetes minds the flow control of SPDY. */
  | { readonly type: "ignored" };

export const RESET_STATUS = { protocolError: 1, cancel: 5 } as const;

const VERSION = 3;
const HEADER_BYTES = 8;
const MAX_CONTROL_BYTES = 64 * 1024;
const FLAG_FIN = 1;

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GO_AWAY = 7;
const HEADERS = 8;

/** What comes before the header block in a frame. */
const BLOCK_OFFSET: Readonly<Record<number, number>> = { [SYN_STREAM]: 10, [SYN_REPLY]: 4, [HEADERS]: 4 };

/** Parts a byte stream into frames. The content of a long data frame comes in pieces, as it arrives. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  /** The data frame whose content has not come yet. */
  #open: { readonly streamId: number; readonly isLast: boolean; missing: number } | undefined;

  /** Throws a `SpdyError`. */
  *read(chunk: Buffer): Generator<Frame, void, void> {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      if (this.#open !== undefined) {
        if (bytes.length === 0 && this.#open.missing > 0) break;
        const content = bytes.subarray(0, this.#open.missing);
        bytes = bytes.subarray(content.length);
        yield this.#continueData(content);
        continue;
      }
      if (bytes.length < HEADER_BYTES) break;
      const length = bytes.readUInt32BE(4) & 0xffffff;
      const flags = bytes[4] ?? 0;
      if ((bytes[0] ?? 0) < 0x80) {
        this.#open = { streamId: bytes.readUInt32BE(0), isLast: (flags & FLAG_FIN) !== 0, missing: length };
        bytes = bytes.subarray(HEADER_BYTES);
        continue;
      }
      if (length > MAX_CONTROL_BYTES) throw new SpdyError("A control frame is too long");
      if (bytes.length < HEADER_BYTES + length) break;
      yield parseControl(bytes.readUInt32BE(0), flags, bytes.subarray(HEADER_BYTES, HEADER_BYTES + length));
      bytes = bytes.subarray(HEADER_BYTES + length);
    }
    this.#pending = bytes;
  }

  #continueData(content: Buffer): Frame {
    const open = this.#open;
    if (open === undefined) throw new TypeError("No data frame has begun");
    open.missing -= content.length;
    if (open.missing === 0) this.#open = undefined;
    return { type: "data", streamId: open.streamId, isLast: open.isLast && open.missing === 0, content };
  }
}

function parseControl(word: number, flags: number, body: Buffer): Frame {
  const version = (word >>> 16) & 0x7fff;
  if (version !== VERSION) throw new SpdyError(`Version ${String(version)} is not spoken here`);
  const type = word & 0xffff;
  const number = (offset: number): number => {
    if (offset + 4 > body.length) throw new SpdyError("A control frame is too short");
    return body.readUInt32BE(offset);
  };
  const streamId = (): number => number(0) & 0x7fffffff;
  switch (type) {
    case SYN_STREAM:
    case SYN_REPLY:
    case HEADERS: {
      const block = body.subarray(BLOCK_OFFSET[type]);
      const isLast = (flags & FLAG_FIN) !== 0;
      return { type: type === SYN_STREAM ? "synStream" : "headers", streamId: streamId(), isLast, block };
    }
    case RST_STREAM:
      return { type: "reset", streamId: streamId(), status: number(4) };
    case PING:
      return { type: "ping", id: number(0) };
    case GO_AWAY:
      return { type: "goAway", lastStreamId: streamId(), status: number(4) };
    default:
      return { type: "ignored" };
  }
}

export function formatData(streamId: number, content: Uint8Array, isLast: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(streamId);
  header.writeUInt32BE(content.length, 4);
  header[4] = isLast ? FLAG_FIN : 0;
  return Buffer.concat([header, content]);
}

export function formatSynReply(streamId: number, block: Uint8Array): Buffer {
  return formatControl(SYN_REPLY, Buffer.concat([numbers(streamId), block]));
}

export function formatReset(streamId: number, status: number): Buffer {
  return formatControl(RST_STREAM, numbers(streamId, status));
}

export function formatPing(id: number): Buffer {
  return formatControl(PING, numbers(id));
}

export function formatGoAway(lastStreamId: number): Buffer {
  return formatControl(GO_AWAY, numbers(lastStreamId, 0));
}

function formatControl(type: number, body: Buffer): Buffer {
  return Buffer.concat([numbers(((0x8000 | VERSION) * 0x10000 + type) >>> 0, body.length), body]);
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
