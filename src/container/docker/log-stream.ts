import type { LogLine } from "../runtime.ts";

const HEADER_SIZE = 8;
const STDERR = 2;
const NEWLINE = 10;
const SPACE = 32;

/**
 * Reads the engine's log stream with `timestamps=1`. Without a terminal every record is a frame: one byte for
 * the stream, three of zero, four with the length (Docker Engine API, "Stream format"). With one, records are
 * plain lines. Chunks may end anywhere.
 */
export async function* readLogLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { tty }: { readonly tty: boolean },
): AsyncGenerator<LogLine, void, void> {
  let pending = new Uint8Array(0);
  for await (const chunk of chunks) {
    pending = pending.length === 0 ? new Uint8Array(chunk) : Buffer.concat([pending, chunk]);
    let end = 0;
    for (
      let record = nextRecord(pending, 0, tty);
      record !== undefined;
      record = nextRecord(pending, end, tty)
    ) {
      end = record.end;
      const line = parseLine(record);
      if (line !== undefined) yield line;
    }
    pending = pending.subarray(end);
  }
}

interface Record {
  readonly stream: LogLine["stream"];
  readonly content: Uint8Array;
  /** Offset behind the record. */
  readonly end: number;
}

function nextRecord(bytes: Uint8Array, start: number, tty: boolean): Record | undefined {
  return tty ? nextLine(bytes, start) : nextFrame(bytes, start);
}

function nextLine(bytes: Uint8Array, start: number): Record | undefined {
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline < 0) return undefined;
  return { stream: "stdout", content: bytes.subarray(start, newline + 1), end: newline + 1 };
}

function nextFrame(bytes: Uint8Array, start: number): Record | undefined {
  if (bytes.length < start + HEADER_SIZE) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset + start + 4, 4).getUint32(0);
  const end = start + HEADER_SIZE + size;
  if (bytes.length < end) return undefined;
  const stream = bytes[start] === STDERR ? "stderr" : "stdout";
  return { stream, content: bytes.subarray(start + HEADER_SIZE, end), end };
}

/** `2026-01-31T10:00:00.123456789Z text`. */
function parseLine({ stream, content }: Record): LogLine | undefined {
  const space = content.indexOf(SPACE);
  if (space < 0) return undefined;
  const timestamp = Buffer.from(content.subarray(0, space)).toString("latin1");
  return { stream, timestamp, content: content.slice(space + 1) };
}
