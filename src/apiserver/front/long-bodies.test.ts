import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { nextTurn } from "#base/next-turn.ts";
import { Exchange } from "#https/exchange.ts";
import { LongBodies } from "./long-bodies.ts";

const LONG = 16 * 1024 + 1;

function bodyOf(bytes: number): Exchange {
  const body = Readable.from([Buffer.alloc(bytes)]);
  return new Exchange({ method: "POST", url: "/", headers: {}, peer: { address: "" }, requestId: "", body });
}

describe("LongBodies", () => {
  test("hands out one a turn, and short ones at once", async () => {
    const bodies = new LongBodies();
    const read: number[][] = [];
    const all = [LONG, LONG + 1, LONG + 2, 5, LONG - 1].map(async (bytes) => {
      const { length } = await bodies.read(bodyOf(bytes));
      read.at(-1)?.push(length);
    });
    for (let turn = 0; turn < 20; turn += 1) {
      read.push([]);
      // Turns follow each other as in a server that is at work.
      await nextTurn();
    }
    await Promise.all(all);
    const long = read
      .map((turn) => turn.filter((length) => length >= LONG))
      .filter(({ length }) => length > 0);
    expect(long).toEqual([[LONG], [LONG + 1], [LONG + 2]]);
    const turnOf = (length: number): number => read.findIndex((turn) => turn.includes(length));
    expect(turnOf(5)).toBeLessThan(turnOf(LONG));
    expect(turnOf(LONG - 1)).toBeLessThan(turnOf(LONG));
  });

  test("does not hand out the body of a client who has gone meanwhile", async () => {
    const bodies = new LongBodies();
    const exchange = bodyOf(LONG);
    const read = bodies.read(exchange);
    const gone = new DOMException("The client has gone", "AbortError");
    exchange.abort(gone);
    expect(read).rejects.toBe(gone);
    expect(await bodies.read(bodyOf(LONG))).toHaveLength(LONG);
  });
});
