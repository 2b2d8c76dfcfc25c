import { nextTurn } from "#base/next-turn.ts";
import { decodeFrame, encodeFrame } from "#join/tunnel/frame.ts";
import { type MessageLink, Multiplexer, type OfferedStream } from "#join/tunnel/multiplexer.ts";
import { TunnelError } from "#join/tunnel/tunnel-error.ts";
import { attempt, bytesTarget, ensure, ensureSame } from "../engine/target.ts";

const TARGET = { host: "10.42.1.7", port: 8443 };

/** How many streams the opening side has, and how many the other one may have by then. */
const STREAMS = 3;

/** Messages of a tunnel, each behind a byte with its length, as they come to both of its sides. */
export const target = bytesTarget({
  seeds: [
    session(
      encodeFrame({ type: "open", id: 1, window: 8, target: TARGET }),
      encodeFrame({ type: "end", id: 1 }),
    ),
    session(
      encodeFrame({ type: "opened", id: 1, window: 4 }),
      encodeFrame({ type: "data", id: 1, bytes: Buffer.from("abc") }),
      encodeFrame({ type: "credit", id: 1, bytes: 9 }),
      encodeFrame({ type: "reset", id: 2, message: "connect: connection refused" }),
    ),
  ],
  dictionary: [
    "\u0001\0\0\0\u0001",
    "\u0002\0\0\0\u0001",
    "\u0003\0\0\0\u0001",
    "\u0004\0\0\0\u0001",
    "\u0005\0\0\0\u0001",
    "\u0006\0\0\0\u0001",
  ],
  refusals: [],
  open: () => async (bytes) => {
    const messages = [...messagesIn(bytes)];
    for (const message of messages) {
      const frame = attempt([TunnelError], () => decodeFrame(message));
      if (frame !== undefined && frame.type !== "reset")
        ensureSame(decodeFrame(encodeFrame(frame)), frame, "What is written is read back");
    }
    await feedOpener(messages);
    await feedAcceptor(messages);
    return undefined;
  },
});

async function feedOpener(messages: readonly Uint8Array[]): Promise<void> {
  const link = new SilentLink();
  const side = new Multiplexer(link);
  for (let at = 0; at < STREAMS; at += 1) {
    const stream = side.open(TARGET).on("error", () => undefined);
    stream.write("question");
    stream.resume();
  }
  await feed(side, link, messages);
}

async function feedAcceptor(messages: readonly Uint8Array[]): Promise<void> {
  const link = new SilentLink();
  const accept = ({ stream, accept: open }: OfferedStream): void => {
    stream.on("error", () => undefined);
    open();
    stream.pipe(stream);
  };
  await feed(new Multiplexer(link, { onStream: accept }), link, messages);
}

async function feed(side: Multiplexer, link: SilentLink, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) {
    side.receive(message);
    await Promise.resolve();
  }
  for (const message of link.sent) decodeFrame(message);
  side.lose(TunnelError.lost("the end"));
  ensure(side.size === 0, "Nothing is left of a tunnel that is lost");
  // Streams tell that they have closed only then, and are held until they have.
  await nextTurn();
}

/** Sends to nobody. */
class SilentLink implements MessageLink {
  readonly sent: Uint8Array[] = [];

  send(message: Uint8Array): boolean {
    this.sent.push(message);
    return true;
  }

  fail(): void {
    // The multiplexer takes no more by itself.
  }
}

function session(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap((message) => [Uint8Array.of(message.length), message]));
}

function* messagesIn(bytes: Buffer): Generator<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    yield bytes.subarray(at + 1, at + 1 + length);
    at += 1 + length;
  }
}
