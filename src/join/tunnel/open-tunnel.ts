import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { LinkedAbort } from "#base/linked-abort.ts";
import type { Credentials } from "#client/credentials.ts";
import type { ClientCertificate } from "#client/http2-connection.ts";
import { SERVER_NAME } from "../join-protocol.ts";
import { splitAddress } from "../servers/server-address.ts";
import { MAX_FRAME_BYTES } from "./frame.ts";
import { TUNNEL_PATH, type TunnelConnection } from "./run-tunnel.ts";
import { TunnelError } from "./tunnel-error.ts";

export interface OpenTunnelOptions {
  /** `host:port`. */
  readonly server: string;
  /** PEM of the authority of servers' certificates, as it is at present. */
  readonly authority: () => string;
  /** The node's client certificate. */
  readonly credentials: Credentials;
}

/** How long a server may take to answer. */
const OPEN_TIMEOUT_MS = 15_000;

/** What is passed on of an answer that refuses. */
const MAX_REFUSAL_BYTES = 2000;

/** Opens the WebSocket of a tunnel. Rejects with an Error that says why there is none, also when the signal aborts. */
export async function openTunnel(
  options: OpenTunnelOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<TunnelConnection> {
  using stop = new LinkedAbort(signal);
  using _timer = clock.after(OPEN_TIMEOUT_MS, () => stop.abort(new Error("the server does not answer")));
  const socket = dial(options, await options.credentials.certificate?.());
  try {
    await once(socket, "secureConnect", { signal: stop.signal });
    const webSocket = await shakeHands(socket, options.server, stop.signal);
    return { webSocket, socket };
  } catch (error) {
    socket.destroy();
    throw stop.signal.aborted ? (stop.signal.reason as Error) : error;
  }
}

function dial({ server, authority }: OpenTunnelOptions, shown: ClientCertificate | undefined): TLSSocket {
  const own = shown && { cert: shown.certificate, key: shown.key };
  const tls = { ca: authority(), ...own, servername: SERVER_NAME };
  const socket = connect({ ...splitAddress(server), ...tls, ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => undefined);
  return socket.setNoDelay(true);
}

async function shakeHands(socket: TLSSocket, server: string, signal: AbortSignal): Promise<WebSocket> {
  // The library opens no connection of its own: its sockets do not tell when they are behind.
  const webSocket = new WebSocket(`wss://${server}${TUNNEL_PATH}`, {
    createConnection: () => socket,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  const opened = Promise.withResolvers<void>();
  webSocket.once("open", () => {
    // Nothing is read before somebody listens: `runTunnel` goes on.
    webSocket.pause();
    opened.resolve();
  });
  webSocket.on("error", opened.reject);
  webSocket.once("unexpected-response", (_request, response: IncomingMessage) => {
    void refusalOf(response).then(opened.reject);
  });
  await abortable(opened.promise, signal);
  return webSocket;
}

async function refusalOf(response: IncomingMessage): Promise<TunnelError> {
  let text = "";
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      text += chunk.toString();
      if (text.length > MAX_REFUSAL_BYTES) break;
    }
  } catch {
    // What has come of the answer has to do.
  }
  return TunnelError.reset(`the server has answered ${String(response.statusCode)}: ${messageOf(text)}`);
}

/** Servers refuse with a Status. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { readonly message?: string }).message ?? text;
  } catch {
    return text.slice(0, MAX_REFUSAL_BYTES);
  }
}
