import { addAbortSignal, type Duplex } from "node:stream";
import { quote } from "#apimachinery/go-text.ts";
import { unclassified } from "#apimachinery/status-error.ts";
import type { RequestHeaders } from "#https/exchange.ts";
import { withoutOwnHeaders } from "../backends/own-headers.ts";

export interface UpgradeRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: RequestHeaders;
}

/** The answer of the other side, with the bytes that it has sent behind it. */
export interface UpgradeResponse {
  readonly code: number;
  /** Status line and headers as they came. */
  readonly head: Buffer;
  readonly rest: Buffer;
}

const HEAD_END = "\r\n\r\n";
const MAX_HEAD_BYTES = 64 * 1024;

/**
 * Sends the request over `socket` and reads the head of its answer. Rejects with a StatusError when there is
 * none. The signal closes the socket, now and later.
 */
export async function requestUpgrade(
  socket: Duplex,
  request: UpgradeRequest,
  signal: AbortSignal,
): Promise<UpgradeResponse> {
  addAbortSignal(signal, socket);
  socket.write(formatRequest(request));
  let received = Buffer.alloc(0);
  // The socket outlives the reading of the head.
  for await (const chunk of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (received.includes(HEAD_END)) return splitResponse(received);
    if (received.length > MAX_HEAD_BYTES)
      throw unclassified("The answer to the upgrade has no end of its head");
  }
  throw unclassified("unexpected EOF");
}

function splitResponse(received: Buffer): UpgradeResponse {
  const end = received.indexOf(HEAD_END) + HEAD_END.length;
  const [line = ""] = received.toString("latin1", 0, end).split("\r\n", 1);
  const code = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];
  if (code === undefined) throw unclassified(`malformed HTTP response ${quote(line)}`);
  return { code: Number(code), head: received.subarray(0, end), rest: received.subarray(end) };
}

/** Carries bytes both ways until one side ends or breaks off, then closes both. */
export function joinConnections(client: Duplex, server: Duplex): void {
  forward(client, server);
  forward(server, client);
}

/** Closes `to` when nothing more comes, but not before everything that came has gone out. */
function forward(from: Duplex, to: Duplex): void {
  const close = (): void => {
    if (!to.writableEnded) to.end(() => to.destroy());
  };
  from.on("end", close);
  from.on("close", close);
  // A connection that breaks off is closed next; there is nobody to tell why.
  from.on("error", () => undefined);
  from.pipe(to, { end: false });
}

function formatRequest({ method, path, headers }: UpgradeRequest): string {
  const lines = Object.entries(withoutOwnHeaders(headers)).flatMap(([name, value]) => {
    const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
    return values.map((each) => `${name}: ${each}`);
  });
  return [`${method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
