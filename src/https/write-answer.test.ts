import { expect, test } from "bun:test";
import { Readable, Writable } from "node:stream";
import { Answer, type Pieces } from "./answer.ts";
import { Exchange } from "./exchange.ts";
import { writeRawAnswer } from "./write-answer.ts";

/** Pieces that are all made in the same place, as they may be. */
function madeInPlace(...texts: readonly string[]): Pieces {
  return {
    length: texts.join("").length,
    *[Symbol.iterator]() {
      const place = Buffer.alloc(16);
      for (const text of texts) yield place.subarray(0, place.write(text));
    },
  };
}

test("a client that is slow to leave HTTP/1.1 behind gets each piece as it was made", async () => {
  const exchange = new Exchange({
    method: "GET",
    url: "/",
    headers: {},
    peer: { address: "192.0.2.1" },
    requestId: "a",
    body: Readable.from([]),
  });
  const taken: string[] = [];
  const socket = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      setImmediate(() => {
        taken.push(chunk.toString());
        done();
      });
    },
  });
  const finished = Promise.withResolvers<void>();
  socket.on("finish", () => finished.resolve());
  await writeRawAnswer(new Answer(200, {}, madeInPlace("one ", "two ", "three")), socket, exchange);
  await finished.promise;
  expect(taken.join("")).toEndWith("\r\n\r\none two three");
});
