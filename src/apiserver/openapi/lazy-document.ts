import { createGzip, gunzipSync } from "node:zlib";
import { nextTurn } from "#base/next-turn.ts";
import { Answer, type AnswerHeaders } from "#https/answer.ts";
import { acceptsGzip } from "#https/compress.ts";
import type { Exchange } from "#https/exchange.ts";

/** Makes a document piece by piece: with many custom resources it takes long. */
export type MakeDocument = () => AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

/** A document that is made when it is first asked for and then kept compressed. */
export class LazyDocument {
  readonly #make: MakeDocument;
  #compressed: Promise<Buffer> | undefined;

  constructor(make: MakeDocument) {
    this.#make = make;
  }

  async answer(exchange: Exchange, fields: AnswerHeaders): Promise<Answer> {
    const compressed = await this.#content();
    return acceptsGzip(exchange)
      ? new Answer(
          200,
          { ...fields, "content-encoding": "gzip", vary: "Accept, Accept-Encoding" },
          compressed,
        )
      : new Answer(200, fields, gunzipSync(compressed));
  }

  async #content(): Promise<Buffer> {
    const content = this.#compressed ?? compress(this.#make());
    this.#compressed = content;
    try {
      return await content;
    } catch (error) {
      this.#compressed = undefined;
      throw error;
    }
  }
}

/** Compresses while it is being made, so that it never is in memory as a whole. */
async function compress(pieces: ReturnType<MakeDocument>): Promise<Buffer> {
  const gzip = createGzip({ level: 1 });
  const compressed: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => compressed.push(chunk));
  const ended = new Promise((resolve, reject) => gzip.once("end", resolve).once("error", reject));
  try {
    for await (const piece of pieces) {
      const isFull = !gzip.write(piece);
      if (isFull) await new Promise((resolve) => gzip.once("drain", resolve));
      await nextTurn();
    }
    gzip.end();
    await ended;
  } finally {
    gzip.destroy();
  }
  return Buffer.concat(compressed);
}
