import { describe, expect, test } from "bun:test";
import { Readable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { Answer } from "./answer.ts";
import { compressAnswer } from "./compress.ts";
import { Exchange } from "./exchange.ts";

const LARGE = Buffer.alloc(200 * 1024, "a");

function asking(acceptEncoding?: string): Exchange {
  return new Exchange({
    method: "GET",
    url: "/api/v1/pods",
    headers: { "accept-encoding": acceptEncoding },
    peer: { address: "192.0.2.1" },
    requestId: "id",
    body: Readable.from([]),
  });
}

describe("compressAnswer", () => {
  test.each(["gzip", "deflate, gzip", "br,gzip,zstd"])(
    "compresses a large answer for %s",
    async (accepted) => {
      const answer = await compressAnswer(
        new Answer(200, { "content-type": "a/b" }, LARGE),
        asking(accepted),
      );
      expect(answer.fields).toEqual({
        "content-type": "a/b",
        "content-encoding": "gzip",
        vary: "Accept-Encoding",
      });
      expect(gunzipSync(answer.content as Uint8Array).equals(LARGE)).toBe(true);
    },
  );

  test("compresses what comes in pieces, while it comes", async () => {
    const pieces = { length: LARGE.length * 3, [Symbol.iterator]: () => [LARGE, LARGE, LARGE].values() };
    const answer = await compressAnswer(new Answer(200, {}, pieces), asking("gzip"));
    const compressed = Buffer.concat(await Array.fromAsync(answer.content as AsyncIterable<Uint8Array>));
    expect(gunzipSync(compressed).equals(Buffer.concat([LARGE, LARGE, LARGE]))).toBe(true);
  });

  test("passes on what goes wrong with a piece", async () => {
    const pieces = {
      length: LARGE.length * 2,
      *[Symbol.iterator]() {
        yield LARGE;
        throw new RangeError("No more pieces");
      },
    };
    const answer = await compressAnswer(new Answer(200, {}, pieces), asking("gzip"));
    await expect(Array.fromAsync(answer.content as AsyncIterable<Uint8Array>)).rejects.toThrow(
      "No more pieces",
    );
  });

  const untouched: { name: string; answer: Answer; accepted?: string }[] = [
    { name: "a small answer", answer: new Answer(200, {}, Buffer.alloc(128 * 1024)), accepted: "gzip" },
    { name: "an answer to who does not understand it", answer: new Answer(200, {}, LARGE), accepted: "br" },
    { name: "an answer to who says nothing", answer: new Answer(200, {}, LARGE) },
    { name: "an answer to who would rather not", answer: new Answer(200, {}, LARGE), accepted: "gzip;q=0.5" },
    {
      name: "what is compressed already",
      answer: new Answer(200, { "content-encoding": "gzip" }, LARGE),
      accepted: "gzip",
    },
    { name: "a stream", answer: new Answer(200, {}, Readable.from([LARGE])), accepted: "gzip" },
  ];
  test.each(untouched)("leaves $name as it is", async ({ answer, accepted }) => {
    expect(await compressAnswer(answer, asking(accepted))).toBe(answer);
  });
});
