import type { WebSocket } from "ws";
import { ServingError } from "../serving-error.ts";
import type { StreamSettings } from "../stream-settings.ts";
import { type ChannelEncoding, WebSocketChannels } from "../websocket/websocket-channels.ts";
import { forwardError, forwardPort } from "./forward-port.ts";
import { parsePort } from "./parse-port.ts";
import type { ForwardTarget } from "./spdy-port-forward.ts";

/** Subprotocols of one connection per port (kubernetes `cri-streaming/pkg/streaming/portforward/websocket.go`). */
export const PORT_PROTOCOLS: Readonly<Record<string, ChannelEncoding>> = {
  "v4.channel.k8s.io": { isBase64: false, closesChannels: false },
  "v4.base64.channel.k8s.io": { isBase64: true, closesChannels: false },
  "": { isBase64: false, closesChannels: false },
};

/** The ports that a client names in its query. Throws a `ServingError`. */
export function requestedPorts(query: URLSearchParams): readonly number[] {
  const lists = query.getAll("port");
  if (lists.length === 0) throw new ServingError(400, 'query parameter "port" is required');
  return lists.flatMap((list) => {
    if (list === "") throw new ServingError(400, 'query parameter "port" cannot be empty');
    return list.split(",").map((text) => {
      const port = parsePort(text);
      if (!Number.isNaN(port)) return port;
      throw new ServingError(400, portProblem(text));
    });
  });
}

function portProblem(text: string): string {
  const quoted = JSON.stringify(text);
  if (/^0+$/.test(text)) return `port ${quoted} must be > 0`;
  const reason = /^[0-9]+$/.test(text) ? "value out of range" : "invalid syntax";
  return `unable to parse ${quoted} as a port: strconv.ParseUint: parsing ${quoted}: ${reason}`;
}

/**
 * Forwards one connection to each of the ports. Port number n has the channels 2n for its data and 2n+1 for its
 * errors; the first message on each is the port, little-endian. Resolves when all connections have ended.
 */
export async function webSocketPortForward(
  socket: WebSocket,
  { encoding, ports }: { readonly encoding: ChannelEncoding; readonly ports: readonly number[] },
  target: ForwardTarget,
  settings: StreamSettings,
): Promise<void> {
  await using channels = new WebSocketChannels(socket, encoding, settings);
  await Promise.all(ports.map((port, index) => forwardOnChannels(channels, index * 2, port, target)));
}

/** Never rejects: what goes wrong is for the client to read. */
async function forwardOnChannels(
  channels: WebSocketChannels,
  dataChannel: number,
  port: number,
  { sandboxId, connect }: ForwardTarget,
): Promise<void> {
  const from = channels.readable(dataChannel);
  const to = channels.writable(dataChannel);
  const errors = channels.writable(dataChannel + 1);
  const announcement = Buffer.alloc(2);
  announcement.writeUInt16LE(port);
  to.write(announcement);
  errors.write(announcement);
  try {
    await forwardPort(port, { from, to, canHalfClose: false }, connect);
  } catch (error) {
    errors.write(forwardError(port, sandboxId, error));
  }
}
