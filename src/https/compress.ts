import { promisify } from "node:util";
import { createGzip, type Gzip, gzip } from "node:zlib";
import { type Answer, type AnswerContent, isStream, type Pieces } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** Smaller answers cost more to compress than to send (apiserver `responsewriters/writers.go`). */
const MIN_BYTES = 128 * 1024;

/** Fast rather than small, as upstream compresses. */
const LEVEL = 1;

/** What is compressed in pieces leaves in pieces of this size. */
const PIECE_BYTES = 64 * 1024;

const compressBytes = promisify(gzip);

/**
 * The answer, compressed when it is long and the client can take it. What comes without an end, such as a watch, is
 * left alone. The work is done on another thread.
 */
export async function compressAnswer(answer: Answer, exchange: Exchange): Promise<Answer> {
  const { content, fields } = answer;
  if (isStream(content) || content.length <= MIN_BYTES) return answer;
  // Upstream does not understand qualities here.
  if (fields["content-encoding"] !== undefined || !codingsOf(exchange).includes("gzip")) return answer;
  return answer.with({ "content-encoding": "gzip", vary: "Accept-Encoding" }, await compress(content));
}

async function compress(content: Uint8Array | Pieces): Promise<AnswerContent> {
  if (content instanceof Uint8Array) return await compressBytes(content, { level: LEVEL });
  const compressor = createGzip({ level: LEVEL, chunkSize: PIECE_BYTES });
  void feed(compressor, content);
  return compressor;
}

/** Who reads what is compressed is told of a failure. */
async function feed(compressor: Gzip, content: Pieces): Promise<void> {
  try {
    const write = promisify<Uint8Array, void>((piece, done) => void compressor.write(piece, done));
    for (const piece of content) await write(piece);
    compressor.end();
  } catch (error) {
    compressor.destroy(error as Error);
  }
}

export function acceptsGzip(exchange: Exchange): boolean {
  return codingsOf(exchange).some((coding) => coding === "gzip" || coding.startsWith("gzip;"));
}

function codingsOf(exchange: Exchange): readonly string[] {
  return (exchange.header("accept-encoding") ?? "").split(",").map((coding) => coding.trim());
}
