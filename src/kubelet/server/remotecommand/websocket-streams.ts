import type { WebSocket } from "ws";
import type { StreamSettings } from "../stream-settings.ts";
import { WebSocketChannels } from "../websocket/websocket-channels.ts";
import type { WebSocketProtocol } from "./protocols.ts";
import type { RemoteCommandOptions, RemoteCommandStreams } from "./remote-command-streams.ts";

/** Kubernetes `cri-streaming/pkg/streaming/remotecommand/websocket.go`. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** kubectl before 1.34 drops what comes before it has set up its streams (client-go `remotecommand/websocket.go`). */
const SETTLING_MS = 20;

/** The streams of a remote command as channels of a WebSocket. */
export function webSocketStreams(
  socket: WebSocket,
  protocol: WebSocketProtocol,
  options: RemoteCommandOptions,
  settings: StreamSettings,
): RemoteCommandStreams {
  const channels = new WebSocketChannels(socket, protocol, settings);
  const settled = settings.clock.sleep(SETTLING_MS, channels.signal).catch(() => undefined);
  const { stdin, stdout, stderr } = options;
  return {
    protocol,
    stdin: stdin ? channels.readable(CHANNEL.stdin) : undefined,
    stdout: stdout ? channels.writable(CHANNEL.stdout) : undefined,
    stderr: stderr ? channels.writable(CHANNEL.stderr) : undefined,
    error: channels.writable(CHANNEL.error),
    resize: channels.readable(CHANNEL.resize),
    announce: async () => {
      await settled;
      channels.sendEmpty(stdout ? CHANNEL.stdout : stderr ? CHANNEL.stderr : CHANNEL.error);
    },
    signal: channels.signal,
    [Symbol.asyncDispose]: () => channels[Symbol.asyncDispose](),
  };
}
