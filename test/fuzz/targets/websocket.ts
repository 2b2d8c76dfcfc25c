import type { Exchange } from "#https/exchange.ts";
import { acceptWebSocket } from "#kubelet/server/websocket/accept-websocket.ts";
import { WebSocketChannels } from "#kubelet/server/websocket/websocket-channels.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { bytesTarget } from "../engine/target.ts";
import { MemorySocket } from "../streams/memory-socket.ts";

const HEADERS = {
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
  upgrade: "websocket",
};
const TEXT = 1;
const BINARY = 2;
const PING = 9;

/** WebSocket frames, and the channels in their messages. */
export const target = bytesTarget({
  seeds: [
    Buffer.concat([frame(BINARY, "\u0000hello"), frame(BINARY, "\u00ff\u0000"), frame(8, "\u0003\u00e8bye")]),
    Buffer.concat([frame(TEXT, "0aGVsbG8="), frame(TEXT, "4eyJXaWR0aCI6MX0="), frame(PING, "x")]),
    Buffer.concat([frame(BINARY, "\u0000a", { fin: false }), frame(0, "b"), frame(0, "c")]),
    Buffer.from("827e0005", "hex"),
    Buffer.from("82ff7fffffffffffffff00000000", "hex"),
  ],
  dictionary: ["\u0082\u0080", "\u0081\u0080", "\u0088\u0080", "\u00ff", "\u0000"],
  refusals: [],
  open: () => async (bytes) => {
    for (const [isBase64, closesChannels] of [
      [false, true],
      [true, false],
    ] as const) {
      const webSocket = await acceptWebSocket(exchangeOf(new MemorySocket(bytes)), "v5.channel.k8s.io");
      const channels = new WebSocketChannels(
        webSocket,
        { isBase64, closesChannels },
        { clock: new FakeClock(), idleTimeoutMs: 60_000 },
      );
      for (const channel of [0, 4]) channels.readable(channel).resume();
      channels.writable(1).write("output");
      await channels[Symbol.asyncDispose]();
    }
    return undefined;
  },
});

/** As much of an exchange as a handshake looks at. */
function exchangeOf(socket: MemorySocket): Exchange {
  return {
    method: "GET",
    path: "/exec",
    headers: HEADERS,
    header: (name: string) => HEADERS[name as keyof typeof HEADERS],
    signal: new AbortController().signal,
    upgrade: { take: () => ({ socket, head: Buffer.alloc(0) }) },
  } as unknown as Exchange;
}

/** A short frame, masked with zeros, its content one byte a character. */
function frame(opcode: number, content: string, { fin = true } = {}): Buffer {
  const head = [(fin ? 0x80 : 0) | opcode, 0x80 | content.length, 0, 0, 0, 0];
  return Buffer.concat([Buffer.from(head), Buffer.from(content, "latin1")]);
}
