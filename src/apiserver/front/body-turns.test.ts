import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { nextTurn } from "#base/next-turn.ts";
import { Exchange } from "#https/exchange.ts";
import { BodyTurns } from "./body-turns.ts";

const LONG = 16 * 1024 + 1;

function bodyOf(bytes: number): Exchange {
  const body = Readable.from([Buffer.alloc(bytes)]);
  return new Exchange({ method: "POST", url: "/", headers: {}, peer: { address: "" }, requestId: "", body });
}

/** Later, but in the same turn. */
function nextTick(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

describe("BodyTurns", () => {
  test("hands out one long one a turn, and short ones together", async () => {
    const turns = new BodyTurns();
    const read: number[][] = [];
    const all = [LONG, LONG + 1, LONG + 2, 5, LONG - 1].map(async (bytes) => {
      const { length } = await turns.read(bodyOf(bytes));
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
    expect(turnOf(5)).toBe(turnOf(LONG - 1));
    expect(turnOf(5)).toBeLessThanOrEqual(turnOf(LONG));
  });

  test("lets short ones of one turn go through their stages side by side", async () => {
    const turns = new BodyTurns();
    const steps: string[] = [];
    const work = async (name: string): Promise<void> => {
      await turns.read(bodyOf(5));
      steps.push(`${name} parses`);
      await Promise.resolve();
      steps.push(`${name} writes`);
    };
    await Promise.all([work("a"), nextTick().then(() => work("b"))]);
    expect(steps).toEqual(["a parses", "b parses", "a writes", "b writes"]);
  });

  test("does not hand out the body of a client who has gone meanwhile", async () => {
    const turns = new BodyTurns();
    const exchange = bodyOf(LONG);
    const read = turns.read(exchange);
    const gone = new DOMException("The client has gone", "AbortError");
    exchange.abort(gone);
    await expect(read).rejects.toBe(gone);
    expect(await turns.read(bodyOf(LONG))).toHaveLength(LONG);
  });
});
