import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { createGzip, gunzip } from "node:zlib";
import { nextTurn } from "#base/next-turn.ts";
import { Answer, type AnswerHeaders } from "#https/answer.ts";
import { acceptsGzip } from "#https/compress.ts";
import type { Exchange } from "#https/exchange.ts";

/** Makes a document piece by piece: with many custom resources it takes long. */
export type MakeDocument = () => AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>;

interface CompressedDocument {
  readonly content: Buffer;
  readonly etag: string;
}

/** Documents are large, and other requests do not have to wait for them. */
const expand = promisify(gunzip);

/** A document that is made when it is first asked for and then kept compressed. */
export class LazyDocument {
  readonly #make: MakeDocument;
  #compressed: Promise<CompressedDocument> | undefined;

  constructor(make: MakeDocument) {
    this.#make = make;
  }

  /** Its ETag is the hash of the document where `fields` have none. */
  async answer(exchange: Exchange, fields: AnswerHeaders): Promise<Answer> {
    const known = fields["etag"];
    if (typeof known === "string" && isKnown(known, exchange)) return notModified(fields);
    const { content, etag } = await this.#current();
    const withEtag = { etag, ...fields };
    if (known === undefined && isKnown(etag, exchange)) return notModified(withEtag);
    if (!acceptsGzip(exchange)) return new Answer(200, withEtag, await expand(content));
    const compressed = { ...withEtag, "content-encoding": "gzip", vary: "Accept, Accept-Encoding" };
    return new Answer(200, compressed, content);
  }

  async #current(): Promise<CompressedDocument> {
    const compressed = this.#compressed ?? compress(this.#make());
    this.#compressed = compressed;
    try {
      return await compressed;
    } catch (error) {
      this.#compressed = undefined;
      throw error;
    }
  }
}

/** Compresses while it is being made, so that it never is in memory as a whole. */
async function compress(pieces: ReturnType<MakeDocument>): Promise<CompressedDocument> {
  const gzip = createGzip({ level: 1 });
  const hash = createHash("sha512");
  const compressed: Buffer[] = [];
  gzip.on("data", (chunk: Buffer) => compressed.push(chunk));
  const ended = new Promise((resolve, reject) => gzip.once("end", resolve).once("error", reject));
  try {
    for await (const piece of pieces) {
      hash.update(piece);
      const isFull = !gzip.write(piece);
      if (isFull) await new Promise((resolve) => gzip.once("drain", resolve));
      await nextTurn();
    }
    gzip.end();
    await ended;
  } finally {
    gzip.destroy();
  }
  return { content: Buffer.concat(compressed), etag: `"${hash.digest("hex").toUpperCase()}"` };
}

/** Whether the client has the document already (RFC 9110, section 13.1.2). */
function isKnown(etag: string, exchange: Exchange): boolean {
  const known = exchange.header("if-none-match");
  if (known === undefined) return false;
  return known.split(",").some((each) => {
    const tag = each.trim();
    return tag === "*" || tag.replace(/^W\//, "") === etag;
  });
}

function notModified(fields: AnswerHeaders): Answer {
  const { "content-type": _, ...rest } = fields;
  return new Answer(304, rest);
}
