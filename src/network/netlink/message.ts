import { Attributes } from "./attributes.ts";
import { NetlinkError } from "./netlink-error.ts";
import { alignTo4, FLAG_ACK_ATTRIBUTES, FLAG_CAPPED, HEADER_SIZE } from "./protocol.ts";

/** A message from the kernel. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** The socket whose request caused the message; 0 for the kernel itself. */
  readonly portId: number;
  readonly payload: Uint8Array;
}

/** The outcome of one request: `errno` is 0 for success. */
export interface Acknowledgement {
  readonly errno: number;
  /** The kernel's explanation, or empty. */
  readonly reason: string;
}

/** linux/netlink.h, enum nlmsgerr_attrs */
const ERROR_MESSAGE = 1;
const ERROR_MISSING_TYPE = 5;

/** Splits what was received into messages. Throws a `malformed` NetlinkError where lengths do not add up. */
export function parseMessages(bytes: Uint8Array): readonly NetlinkMessage[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = at + HEADER_SIZE <= bytes.length ? view.getUint32(at, true) : 0;
    if (size < HEADER_SIZE || at + size > bytes.length)
      throw NetlinkError.malformed("length exceeds datagram");
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      portId: view.getUint32(at + 12, true),
      payload: bytes.subarray(at + HEADER_SIZE, at + size),
    });
    at += alignTo4(size);
  }
  return messages;
}

/** Reads an error message, which is also how the kernel says that all went well. */
export function parseAcknowledgement({ flags, payload }: NetlinkMessage): Acknowledgement {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  if (payload.length < 4 + HEADER_SIZE) throw NetlinkError.malformed("error message is too short");
  const errno = Math.abs(view.getInt32(0, true));
  if ((flags & FLAG_ACK_ATTRIBUTES) === 0) return { errno, reason: "" };
  const requestSize = (flags & FLAG_CAPPED) === 0 ? view.getUint32(4, true) : HEADER_SIZE;
  const attributes = new Attributes(payload.subarray(4 + alignTo4(requestSize)));
  return { errno, reason: reasonOf(attributes) };
}

function reasonOf(attributes: Attributes): string {
  const missing = attributes.u32(ERROR_MISSING_TYPE);
  return (
    attributes.string(ERROR_MESSAGE) ??
    (missing === undefined ? "" : `attribute ${String(missing)} is missing`)
  );
}
