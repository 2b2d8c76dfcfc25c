import type { ChannelEncoding } from "../websocket/websocket-channels.ts";
import type { RemoteCommandProtocol } from "./remote-command-streams.ts";

/** Subprotocols over SPDY, the best first (kubernetes `cri-streaming/pkg/streaming/remotecommand/constants.go`). */
export const SPDY_PROTOCOLS: Readonly<Record<string, RemoteCommandProtocol>> = {
  "v4.channel.k8s.io": { statusForm: "json", resizes: true },
  "v3.channel.k8s.io": { statusForm: "text", resizes: true },
  "v2.channel.k8s.io": { statusForm: "text", resizes: false },
  "channel.k8s.io": { statusForm: "text", resizes: false },
};

export interface WebSocketProtocol extends RemoteCommandProtocol, ChannelEncoding {}

/** Subprotocols over WebSocket; a client that names none gets the oldest one (`remotecommand/websocket.go`, KEP-4006). */
export const WEBSOCKET_PROTOCOLS: Readonly<Record<string, WebSocketProtocol>> = {
  "v5.channel.k8s.io": { statusForm: "retoldJson", resizes: true, isBase64: false, closesChannels: true },
  "v4.channel.k8s.io": { statusForm: "json", resizes: true, isBase64: false, closesChannels: false },
  "v4.base64.channel.k8s.io": { statusForm: "json", resizes: true, isBase64: true, closesChannels: false },
  "channel.k8s.io": { statusForm: "text", resizes: true, isBase64: false, closesChannels: false },
  "base64.channel.k8s.io": { statusForm: "text", resizes: true, isBase64: true, closesChannels: false },
  "": { statusForm: "text", resizes: true, isBase64: false, closesChannels: false },
};
