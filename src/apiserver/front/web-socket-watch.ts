import { onAbort } from "#base/disposable.ts";
import { Answer } from "#https/answer.ts";
import type { Exchange } from "#https/exchange.ts";
import { type LiveSink, pumpLive } from "#https/pump-live.ts";
import type { UnreadNews } from "#https/unread-news.ts";
import type { StreamFormat } from "../formats/wire-format.ts";
import { type AcceptedWebSocket, acceptWebSocket, refuseHandshake } from "./accept-web-socket.ts";
import { encodedEvents, type WatchOutput, type WatchResponse } from "./watch-answer.ts";

const NORMAL_CLOSURE = 1000;

/** Messages that were made at the same time. */
interface Messages {
  readonly events: readonly Uint8Array[];
  /** Of all of them, in bytes. */
  readonly length: number;
}

/**
 * Streams the events of a watch over a WebSocket, one message each (apiserver `handlers/watch.go` HandleWS). Resolves
 * when the watch is over; a handshake that is wrong is answered instead.
 */
export async function answerWebSocketWatch(
  exchange: Exchange,
  connection: NonNullable<Exchange["upgrade"]>,
  watch: { readonly response: WatchResponse; readonly output: WatchOutput },
  unread: UnreadNews,
): Promise<Answer> {
  const refusal = refuseHandshake(exchange);
  if (refusal !== undefined) return refusal;
  const accepted = await acceptWebSocket(exchange, connection);
  const { webSocket } = accepted;
  // The end of the server does not wait for what the client says to it.
  using _ = onAbort(exchange.signal, () => webSocket.terminate());
  const { response, output } = watch;
  const pieces = messagesOf(response, output);
  const content = { pieces, initialPieces: response.initialBatches ?? 0 };
  await pumpLive(content, messageSink(accepted, output.stream), exchange, unread);
  return new Answer(101, {});
}

async function* messagesOf(response: WatchResponse, output: WatchOutput): AsyncGenerator<Messages> {
  for await (const events of encodedEvents(response, output)) {
    yield { events, length: events.reduce((sum, { length }) => sum + length, 0) };
  }
}

function messageSink(
  { webSocket, socket }: AcceptedWebSocket,
  { isText, frameBytes }: StreamFormat,
): LiveSink<Messages> {
  return {
    write: (messages) => {
      for (const { events } of messages) {
        for (const event of events) webSocket.send(event.subarray(frameBytes), { binary: !isText });
      }
      return !socket.writableNeedDrain;
    },
    onDrain: (listener) => void socket.on("drain", listener),
    end: () => webSocket.close(NORMAL_CLOSURE),
    cutOff: () => webSocket.terminate(),
  };
}
