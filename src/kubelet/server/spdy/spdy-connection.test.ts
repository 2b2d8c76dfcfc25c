import { describe, expect, test } from "bun:test";
import { type Duplex, duplexPair } from "node:stream";
import { FakeClock } from "#testing/fake-clock.ts";
import { type Frame, FrameReader, formatData } from "./frame.ts";
import { HeaderEncoder } from "./header-block.ts";
import { SpdyConnection } from "./spdy-connection.ts";

const MEGABYTE = 1024 * 1024;

/** A connection with one stream, of which nobody reads. */
function connect() {
  const clock = new FakeClock();
  const [client, transport] = duplexPair();
  const options = { admits: () => true, onStream: () => undefined };
  const connection = new SpdyConnection(transport, options, { clock, idleTimeoutMs: 60_000 });
  const served = connection.serve();
  client.write(synStream(1));
  return { clock, client, transport, connection, served, frames: readFrames(client) };
}

function readFrames(client: Duplex): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader();
  client.on("data", (chunk: Buffer) => frames.push(...reader.read(chunk)));
  return frames;
}

function synStream(id: number): Buffer {
  const block = new HeaderEncoder().encode({ streamtype: "stdin" });
  const head = Buffer.alloc(18);
  head.writeUInt32BE(0x80030001, 0);
  head.writeUInt32BE(block.length + 10, 4);
  head.writeUInt32BE(id, 8);
  return Buffer.concat([head, block]);
}

/** Until the stream is open and has more than anybody wants. */
async function fill({ client, frames }: ReturnType<typeof connect>): Promise<void> {
  while (frames.length === 0) await new Promise(setImmediate);
  client.write(formatData(1, Buffer.alloc(2 * MEGABYTE), false));
  await turns();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

describe("a SpdyConnection of which nothing is read", () => {
  test("sends nothing now and then, which shows whether the client is there", async () => {
    const connected = connect();
    const { clock, frames, transport } = connected;
    await fill(connected);
    frames.length = 0;
    for (let knock = 0; knock < 2; knock++) {
      await clock.advance(15_000);
      await turns();
    }
    const nothing: Frame = { type: "data", streamId: 1, isLast: false, content: Buffer.alloc(0) };
    expect(frames).toEqual([nothing, nothing]);
    transport.destroy();
  });

  test("ends with its connection all the same", async () => {
    const connected = connect();
    const { transport, connection, served } = connected;
    await fill(connected);
    transport.destroy();
    await served;
    expect(connection.signal.aborted).toBe(true);
  });
});
