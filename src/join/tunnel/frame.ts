/** The messages of a tunnel as bytes; README.md has the layout. */
import { TunnelError } from "./tunnel-error.ts";

/** Where a stream leads, as the side sees it that connects there. */
export interface TunnelTarget {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
}

export type Frame =
  | { readonly type: "open"; readonly id: number; readonly window: number; readonly target: TunnelTarget }
  | { readonly type: "opened"; readonly id: number; readonly window: number }
  | { readonly type: "data"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: "credit"; readonly id: number; readonly bytes: number }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "reset"; readonly id: number; readonly message: string };

const TYPES: readonly Frame["type"][] = ["open", "opened", "data", "credit", "end", "reset"];

export const MAX_ID = 2 ** 32 - 1;

/** What one frame carries of a stream: little enough that streams take turns often. */
export const MAX_DATA_BYTES = 16 * 1024;

/** Longer reasons are cut. */
const MAX_MESSAGE_BYTES = 1024;

/** A type and the number of a stream. */
const HEAD_BYTES = 5;

/** No frame is longer. */
export const MAX_FRAME_BYTES = HEAD_BYTES + MAX_DATA_BYTES;

export function encodeFrame(frame: Frame): Buffer {
  const body = bodyOf(frame);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + body.length);
  bytes[0] = TYPES.indexOf(frame.type) + 1;
  bytes.writeUInt32BE(frame.id, 1);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/** Throws a `TunnelError` for what is no frame. */
export function decodeFrame(message: Uint8Array): Frame {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const type = TYPES[(bytes[0] ?? 0) - 1];
  if (type === undefined || bytes.length < HEAD_BYTES || bytes.length > MAX_FRAME_BYTES) throw noFrame();
  const id = bytes.readUInt32BE(1);
  const body = bytes.subarray(HEAD_BYTES);
  switch (type) {
    case "open":
      return { type, id, window: readNumber(body), target: readTarget(body.subarray(4)) };
    case "opened":
      return { type, id, window: readNumber(exactly(body, 4)) };
    case "data":
      return { type, id, bytes: body };
    case "credit":
      return { type, id, bytes: readNumber(exactly(body, 4)) };
    case "end":
      exactly(body, 0);
      return { type, id };
    case "reset":
      return { type, id, message: body.toString() };
  }
}

function bodyOf(frame: Frame): Uint8Array {
  switch (frame.type) {
    case "open": {
      const { host, port } = frame.target;
      return Buffer.concat([numberOf(frame.window), portOf(port), Buffer.from(host)]);
    }
    case "opened":
      return numberOf(frame.window);
    case "data":
      return frame.bytes;
    case "credit":
      return numberOf(frame.bytes);
    case "end":
      return new Uint8Array();
    case "reset":
      return Buffer.from(frame.message).subarray(0, MAX_MESSAGE_BYTES);
  }
}

function readTarget(body: Buffer): TunnelTarget {
  if (body.length < 3) throw noFrame();
  return { host: body.toString("utf8", 2), port: body.readUInt16BE() };
}

function readNumber(body: Buffer): number {
  if (body.length < 4) throw noFrame();
  return body.readUInt32BE();
}

function numberOf(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function portOf(port: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(port);
  return bytes;
}

function exactly(body: Buffer, length: number): Buffer {
  if (body.length !== length) throw noFrame();
  return body;
}

function noFrame(): TunnelError {
  return TunnelError.protocol("the other side of the tunnel has sent what is no frame");
}
