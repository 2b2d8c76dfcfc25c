/** HTTP/2 by hand, for what no decent client does. */
import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;

export const CANCEL = Buffer.from([0, 0, 0, 8]);

/** The types of RFC 9113, section 6, by their numbers. */
const TYPES = [
  "DATA",
  "HEADERS",
  "PRIORITY",
  "RST_STREAM",
  "SETTINGS",
  "PUSH_PROMISE",
  "PING",
  "GOAWAY",
  "WINDOW_UPDATE",
  "CONTINUATION",
] as const;

type FrameType = (typeof TYPES)[number];

export function frame(type: FrameType, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)) {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = TYPES.indexOf(type);
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The header block of a request, with names and values written out. */
export function headerBlock(method: "GET" | "POST", path: string): Buffer {
  // Of HPACK's static table: the method, the scheme https, and the names of path and authority.
  const indexed = Buffer.from([method === "GET" ? 0x82 : 0x83, 0x87]);
  return Buffer.concat([indexed, literal(0x04, path), literal(0x01, "localhost")]);
}

/** A header that no table knows. */
export function unknownHeader(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** The frames of a stream up to its end: "HEADERS", "DATA end". */
export async function framesOf(client: RawHttp2, stream: number): Promise<readonly string[]> {
  let bytes = Buffer.alloc(0);
  const frames: string[] = [];
  for await (const chunk of client.socket as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const [type, flags, id] = [bytes.readUInt8(3), bytes.readUInt8(4), bytes.readUInt32BE(5)];
      bytes = bytes.subarray(9 + bytes.readUIntBE(0, 3));
      if (id !== stream) continue;
      const isLast = (flags & END_STREAM) !== 0;
      frames.push(`${TYPES[type] ?? "?"}${isLast ? " end" : ""}`);
      if (isLast) return frames;
    }
  }
  return frames;
}

function literal(index: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([index, value.length]), Buffer.from(value)]);
}

/** A connection that has said hello. */
export class RawHttp2 {
  readonly socket: TLSSocket;

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.resume();
    // How it ends is what tests look at.
    socket.on("error", () => undefined);
  }

  static async open(options: ConnectionOptions): Promise<RawHttp2> {
    const socket = connect({ ...options, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    const client = new RawHttp2(socket);
    await client.send(PREFACE, frame("SETTINGS", 0, 0));
    return client;
  }

  /** Resolves when it has been sent; false when the server has closed the connection. */
  async send(...frames: readonly Uint8Array[]): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.socket.once("close", resolve);
    this.socket.write(Buffer.concat(frames), () => resolve());
    await promise;
    this.socket.off("close", resolve);
    return this.socket.writable;
  }
}
