import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";

/** Smaller answers cost more to compress than to send (apiserver `responsewriters/writers.go`). */
const MIN_BYTES = 128 * 1024;

/** Fast rather than small, as upstream compresses. */
const LEVEL = 1;

const compressBytes = promisify(gzip);

/** The answer, compressed when it is long and the client can take it. The work is done on another thread. */
export async function compressAnswer(answer: Answer, exchange: Exchange): Promise<Answer> {
  const { content, fields } = answer;
  const isWorthIt = content instanceof Uint8Array && content.length > MIN_BYTES;
  if (!isWorthIt || fields["content-encoding"] !== undefined || !acceptsGzip(exchange)) return answer;
  const compressed = await compressBytes(content, { level: LEVEL });
  return answer.with({ "content-encoding": "gzip", vary: "Accept-Encoding" }, compressed);
}

export function acceptsGzip(exchange: Exchange): boolean {
  const codings = (exchange.header("accept-encoding") ?? "").split(",").map((coding) => coding.trim());
  return codings.some((coding) => coding === "gzip" || coding.startsWith("gzip;"));
}
