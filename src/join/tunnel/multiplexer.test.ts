import { describe, expect, test } from "bun:test";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import fc from "fast-check";
import { nextTurn } from "#base/next-turn.ts";
import { MAX_DATA_BYTES, MAX_FRAME_BYTES } from "./frame.ts";
import { type MessageLink, Multiplexer, type OfferedStream } from "./multiplexer.ts";
import { TunnelError } from "./tunnel-error.ts";
import { WINDOW_BYTES } from "./tunnel-stream.ts";

const TARGET = { host: "10.42.1.7", port: 8443 };

/** Carries messages to the other end when it is told to, and is behind when more wait than it has room for. */
class FakeLink implements MessageLink {
  readonly waiting: Uint8Array[] = [];
  readonly room: number;
  failure: TunnelError | undefined;

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room;
  }

  send(message: Uint8Array): boolean {
    this.waiting.push(message);
    return this.waiting.length < this.room;
  }

  fail(error: TunnelError): void {
    this.failure ??= error;
  }

  deliver(from: Multiplexer, to: Multiplexer): boolean {
    const message = this.waiting.shift();
    if (message === undefined) return false;
    to.receive(message);
    if (this.waiting.length < this.room) from.drained();
    return true;
  }
}

interface Tunnel {
  readonly server: Multiplexer;
  readonly agent: Multiplexer;
  readonly toAgent: FakeLink;
  readonly toServer: FakeLink;
  readonly offered: OfferedStream[];
  /** Carries everything, until nobody has anything to say. */
  settle(): Promise<void>;
}

function aTunnel({ room }: { readonly room?: number } = {}): Tunnel {
  const toAgent = new FakeLink(room);
  const toServer = new FakeLink(room);
  const offered: OfferedStream[] = [];
  const server = new Multiplexer(toAgent);
  const agent = new Multiplexer(toServer, { onStream: (each) => offered.push(each) });
  const step = (): boolean => {
    const moved = toAgent.deliver(server, agent);
    return toServer.deliver(agent, server) || moved;
  };
  const settle = async (): Promise<void> => {
    let idle = 0;
    while (idle < 3) {
      idle = step() ? 0 : idle + 1;
      await nextTurn();
    }
  };
  return { server, agent, toAgent, toServer, offered, settle };
}

async function openPair(tunnel: Tunnel): Promise<{ readonly near: Duplex; readonly far: Duplex }> {
  const near = tunnel.server.open(TARGET);
  await tunnel.settle();
  const { stream: far, accept } = tunnel.offered.at(-1) as OfferedStream;
  accept();
  await tunnel.settle();
  await near.opened;
  return { near, far };
}

function collect(stream: Duplex): { readonly text: () => string; readonly ended: () => boolean } {
  const chunks: Buffer[] = [];
  let isEnded = false;
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => {
    isEnded = true;
  });
  return { text: () => Buffer.concat(chunks).toString("latin1"), ended: () => isEnded };
}

/** Bytes in which every place can be told from its neighbours. */
function bytesOf(length: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 7 + (at >> 8)) & 0xff));
}

describe("Multiplexer", () => {
  test("asks for the target and waits until the other side is connected", async () => {
    const tunnel = aTunnel();
    const near = tunnel.server.open(TARGET);
    await tunnel.settle();
    expect(tunnel.offered.map(({ target }) => target)).toEqual([TARGET]);
    let isOpen = false;
    void near.opened.then(() => {
      isOpen = true;
    });
    await tunnel.settle();
    expect(isOpen).toBe(false);
    tunnel.offered[0]?.accept();
    await tunnel.settle();
    expect(isOpen).toBe(true);
  });

  test("carries what is said both ways, and each side ends for itself", async () => {
    const tunnel = aTunnel();
    const { near, far } = await openPair(tunnel);
    const atFar = collect(far);
    const atNear = collect(near);
    near.end("question");
    await tunnel.settle();
    expect([atFar.text(), atFar.ended(), atNear.ended()]).toEqual(["question", true, false]);
    far.end("answer");
    await tunnel.settle();
    expect([atNear.text(), atNear.ended()]).toEqual(["answer", true]);
    expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
  });

  test("tells why a stream was not opened", async () => {
    const tunnel = aTunnel();
    const near = tunnel.server.open(TARGET);
    near.on("error", () => undefined);
    await tunnel.settle();
    tunnel.offered[0]?.stream.on("error", () => undefined).destroy(new Error("connect: connection refused"));
    await tunnel.settle();
    await expect(near.opened).rejects.toThrow("connect: connection refused");
    expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
  });

  test("tells who is still connecting that nobody waits", async () => {
    const tunnel = aTunnel();
    const near = tunnel.server.open(TARGET);
    await tunnel.settle();
    const far = tunnel.offered[0]?.stream.on("error", () => undefined) as Duplex;
    near.destroy();
    await tunnel.settle();
    expect(far.destroyed).toBe(true);
    tunnel.offered[0]?.accept();
    await tunnel.settle();
    expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
  });

  test("ends all streams with the connection", async () => {
    const tunnel = aTunnel();
    const { near } = await openPair(tunnel);
    const opening = tunnel.server.open(TARGET);
    opening.on("error", () => undefined);
    const broken = once(near, "error");
    tunnel.server.lose(TunnelError.lost("the tunnel has been lost"));
    expect((await broken)[0]).toMatchObject({ detail: { code: "lost" } });
    await expect(opening.opened).rejects.toThrow("the tunnel has been lost");
    expect(() => tunnel.server.open(TARGET)).toThrow("the tunnel has been lost");
    expect(tunnel.server.size).toBe(0);
  });

  test("keeps no more than a window for a reader that does not read, and goes on for others", async () => {
    const tunnel = aTunnel({ room: 4 });
    const slow = await openPair(tunnel);
    const quick = await openPair(tunnel);
    const read = collect(quick.far);
    let isWritten = false;
    slow.near.write(Buffer.alloc(4 * WINDOW_BYTES), () => {
      isWritten = true;
    });
    quick.near.end(bytesOf(4 * WINDOW_BYTES, 1));
    await tunnel.settle();
    expect(read.text().length).toBe(4 * WINDOW_BYTES);
    expect(isWritten).toBe(false);
    const late = collect(slow.far);
    await tunnel.settle();
    expect([late.text().length, isWritten]).toEqual([4 * WINDOW_BYTES, true]);
  });

  test("lets streams take turns", async () => {
    const tunnel = aTunnel({ room: 2 });
    const large = await openPair(tunnel);
    const small = await openPair(tunnel);
    const arrived = collect(large.far);
    const answer = once(small.far, "data");
    large.near.write(bytesOf(WINDOW_BYTES, 0));
    small.near.write("ping");
    while (small.far.readableLength === 0 && tunnel.toAgent.waiting.length > 0) {
      tunnel.toAgent.deliver(tunnel.server, tunnel.agent);
      await nextTurn();
      if (await Promise.race([answer.then(() => true), nextTurn().then(() => false)])) break;
    }
    expect(arrived.text().length).toBeLessThanOrEqual(4 * MAX_DATA_BYTES);
    await tunnel.settle();
  });

  test("sends no message that is longer than a frame may be", async () => {
    const tunnel = aTunnel();
    const { near } = await openPair(tunnel);
    near.write(bytesOf(WINDOW_BYTES, 0));
    await nextTurn();
    expect(tunnel.toAgent.waiting.length).toBe(WINDOW_BYTES / MAX_DATA_BYTES);
    expect(Math.max(...tunnel.toAgent.waiting.map(({ length }) => length))).toBe(MAX_FRAME_BYTES);
  });

  test("carries thousands of streams and forgets them", async () => {
    const tunnel = aTunnel({ room: 8 });
    const streams = Array.from({ length: 3000 }, () => tunnel.server.open(TARGET));
    await tunnel.settle();
    for (const { stream, accept } of tunnel.offered) {
      accept();
      stream.pipe(stream);
    }
    const texts = streams.map((stream, at) => {
      stream.end(String(at));
      return collect(stream);
    });
    await tunnel.settle();
    expect(texts.map(({ text }) => text())).toEqual(streams.map((_, at) => String(at)));
    expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
  });

  const breaches: readonly {
    name: string;
    to: "server" | "agent";
    message: readonly number[];
    words: string;
  }[] = [
    { name: "what is no frame", to: "server", message: [9, 0, 0, 0, 1], words: "what is no frame" },
    { name: "nothing", to: "agent", message: [], words: "what is no frame" },
    {
      name: "data of a stream that nobody opened",
      to: "agent",
      message: [3, 0, 0, 0, 7, 1],
      words: "stream 7 was never opened",
    },
    {
      name: "a stream that the agent opens",
      to: "server",
      message: [1, 0, 0, 0, 9, 0, 0, 0, 1, 0, 80, 49],
      words: "stream 9 may not be opened",
    },
    {
      name: "a stream that is opened twice",
      to: "agent",
      message: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 80, 49],
      words: "stream 1 may not be opened",
    },
    {
      name: "a stream that is accepted twice",
      to: "server",
      message: [2, 0, 0, 0, 1, 0, 0, 0, 1],
      words: "stream 1 is open already",
    },
    {
      name: "a stream that the server accepts",
      to: "agent",
      message: [2, 0, 0, 0, 1, 0, 0, 0, 1],
      words: "only this side accepts streams",
    },
  ];
  test.each(breaches)("closes the tunnel for $name", async ({ to, message, words }) => {
    const tunnel = aTunnel();
    const { near, far } = await openPair(tunnel);
    for (const stream of [near, far]) stream.on("error", () => undefined);
    tunnel[to].receive(Uint8Array.from(message));
    const link = to === "server" ? tunnel.toAgent : tunnel.toServer;
    expect(link.failure?.message).toContain(words);
    expect(tunnel[to].size).toBe(0);
  });

  test("closes the tunnel for more than a stream may be sent", async () => {
    const tunnel = aTunnel();
    const { far } = await openPair(tunnel);
    far.on("error", () => undefined);
    const data = Buffer.concat([Buffer.from([3, 0, 0, 0, 1]), Buffer.alloc(MAX_DATA_BYTES)]);
    for (let sent = 0; sent <= WINDOW_BYTES; sent += MAX_DATA_BYTES) tunnel.agent.receive(data);
    expect(tunnel.toServer.failure?.message).toBe("stream 1 was sent more than it may");
  });
});

const step = fc.record({
  stream: fc.nat(5),
  side: fc.constantFrom("near" as const, "far" as const),
  what: fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        write: fc.oneof(fc.nat(100), fc.nat(3 * MAX_DATA_BYTES), fc.nat(2 * WINDOW_BYTES)),
      }),
    },
    { weight: 1, arbitrary: fc.constant("end" as const) },
    { weight: 1, arbitrary: fc.constant("pause" as const) },
    { weight: 2, arbitrary: fc.constant("resume" as const) },
    { weight: 3, arbitrary: fc.constant("carry" as const) },
  ),
});

describe("laws of streams", () => {
  test("everything that is written arrives whole and in order, whoever pauses and however full the connection is", async () => {
    const law = fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (steps, room) => {
        const tunnel = aTunnel({ room });
        const pairs = [];
        for (let at = 0; at < 6; at += 1) pairs.push(await openPair(tunnel));
        const ends = pairs.map(({ near, far }) => ({
          near: { stream: near, sent: [] as Buffer[], read: collect(far) },
          far: { stream: far, sent: [] as Buffer[], read: collect(near) },
        }));
        for (const [at, { stream, side, what }] of steps.entries()) {
          const end = ends[stream]?.[side];
          if (end === undefined) continue;
          if (what === "carry") await tunnel.settle();
          else if (what === "pause") end.stream.pause();
          else if (what === "resume") end.stream.resume();
          else if (end.stream.writableEnded) continue;
          else if (what === "end") end.stream.end();
          else {
            const bytes = bytesOf(what.write, at);
            end.sent.push(bytes);
            end.stream.write(bytes);
          }
        }
        for (const pair of ends) {
          for (const { stream } of [pair.near, pair.far]) {
            stream.resume();
            stream.end();
          }
        }
        await tunnel.settle();
        for (const pair of ends) {
          for (const { sent, read } of [pair.near, pair.far]) {
            expect(read.text() === Buffer.concat(sent).toString("latin1")).toBe(true);
            expect(read.ended()).toBe(true);
          }
        }
        expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
        expect([tunnel.toAgent.failure, tunnel.toServer.failure]).toEqual([undefined, undefined]);
      },
    );
    await fc.assert(law, { numRuns: 40 });
  });

  test("a stream that breaks off leaves the others alone", async () => {
    const law = fc.asyncProperty(
      fc.nat(4),
      fc.boolean(),
      fc.nat(WINDOW_BYTES),
      async (which, isNear, size) => {
        const tunnel = aTunnel({ room: 3 });
        const pairs = [];
        for (let at = 0; at < 5; at += 1) pairs.push(await openPair(tunnel));
        const reads = pairs.map(({ near, far }, at) => {
          for (const stream of [near, far]) stream.on("error", () => undefined);
          near.end(bytesOf(size, at));
          far.end();
          return collect(far);
        });
        const broken = pairs[which];
        (isNear ? broken?.near : broken?.far)?.destroy();
        for (const { near } of pairs) near.resume();
        await tunnel.settle();
        for (const [at, read] of reads.entries()) {
          if (at !== which)
            expect(read.text() === bytesOf(size, at).toString("latin1"), String(at)).toBe(true);
        }
        expect([tunnel.server.size, tunnel.agent.size]).toEqual([0, 0]);
      },
    );
    await fc.assert(law, { numRuns: 25 });
  });
});
