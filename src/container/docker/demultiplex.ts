/** A piece of what a process has printed. */
export interface OutputPiece {
  readonly stream: "stdout" | "stderr";
  readonly content: Uint8Array;
}

const HEADER_SIZE = 8;
const STDERR = 2;

/**
 * Parts the output of a process without a terminal: the engine puts one byte for the stream, three of zero and four with
 * the length before everything (Docker Engine API, "Stream format"). Chunks may end anywhere; a piece is passed on as
 * it comes.
 */
export async function* demultiplex(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<OutputPiece, void, void> {
  let header = Buffer.alloc(0);
  let stream: OutputPiece["stream"] = "stdout";
  let remaining = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      if (remaining > 0) {
        const content = rest.subarray(0, remaining);
        remaining -= content.length;
        rest = rest.subarray(content.length);
        yield { stream, content };
        continue;
      }
      const part = rest.subarray(0, HEADER_SIZE - header.length);
      header = Buffer.concat([header, part]);
      rest = rest.subarray(part.length);
      if (header.length < HEADER_SIZE) break;
      stream = header[0] === STDERR ? "stderr" : "stdout";
      remaining = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}
