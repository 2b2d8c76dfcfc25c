import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { nextTurn } from "#base/next-turn.ts";
import { Exchange } from "./exchange.ts";
import { type LiveSink, pumpLive } from "./pump-live.ts";
import { UnreadNews } from "./unread-news.ts";

/** A client who takes nothing until it is told to, and what has happened, in order. */
class Client implements LiveSink<string> {
  readonly log: string[] = [];
  readonly exchange: Exchange;
  isTaking = false;
  #drain: (() => void) | undefined;

  constructor() {
    this.exchange = new Exchange({
      method: "GET",
      url: "/",
      headers: {},
      peer: { address: "192.0.2.1" },
      requestId: "a",
      body: Readable.from([]),
    });
    this.exchange.onUnderWay(() => this.log.push("under way"));
  }

  async *make(...pieces: readonly string[]): AsyncGenerator<string> {
    for (const piece of pieces) {
      this.log.push(`make ${piece}`);
      yield piece;
    }
  }

  pump(initialPieces: number, ...pieces: readonly string[]): Promise<void> {
    const content = { pieces: this.make(...pieces), initialPieces };
    return pumpLive(content, this, this.exchange, new UnreadNews());
  }

  /** Everything that has been written before is taken. */
  take(): void {
    this.log.push("take");
    this.#drain?.();
  }

  write(pieces: readonly string[]): boolean {
    this.log.push(`write ${pieces.join("+")}`);
    return this.isTaking;
  }

  onDrain(listener: () => void): void {
    this.#drain = listener;
  }

  end(): void {
    this.log.push("end");
  }

  cutOff(): void {
    this.log.push("cut off");
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await nextTurn();
}

describe("pumpLive", () => {
  test("makes what is there already as the client takes it, and does not wait with news", async () => {
    const client = new Client();
    const pumped = client.pump(2, "a", "b", "news 1", "news 2", "news 3");
    await settle();
    expect(client.log.splice(0)).toEqual(["make a", "write a"]);
    client.take();
    await settle();
    expect(client.log.splice(0)).toEqual(["take", "make b", "write b"]);
    client.take();
    await pumped;
    expect(client.log).toEqual([
      "take",
      "under way",
      "make news 1",
      "write news 1",
      "make news 2",
      "make news 3",
      "write news 2+news 3",
      "end",
    ]);
  });

  test("is under way at once when nothing is there", async () => {
    const client = new Client();
    await client.pump(0, "news");
    expect(client.log).toEqual(["under way", "make news", "write news", "end"]);
  });

  test("lets others have their turn while a client takes all that is there", async () => {
    const client = new Client();
    client.isTaking = true;
    const pumped = client.pump(2, "a", "b");
    setImmediate(() => client.log.push("another"));
    await pumped;
    expect(client.log.indexOf("another")).toBeLessThan(client.log.indexOf("make b"));
  });

  test("waits no longer for a client that has gone", async () => {
    const client = new Client();
    const pumped = client.pump(2, "a", "b");
    await settle();
    client.exchange.finish();
    await pumped;
    expect(client.log).toEqual(["make a", "write a", "make b"]);
  });
});
