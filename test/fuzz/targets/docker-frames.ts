import { demultiplex } from "#container/docker/demultiplex.ts";
import { parseRecord } from "#container/docker/logs/log-record.ts";
import { bytesTarget, ensure, ensureSame } from "../engine/target.ts";

/** The framed output of Docker, cut anywhere, and the records of its log files. */
export const target = bytesTarget({
  seeds: [
    Buffer.from("\u0001\0\0\0\0\0\0\u0003abc\u0002\0\0\0\0\0\0\u0002de"),
    Buffer.from("\u0001\0\0\0\0\0\0\0\u0001\0\0\0\0\u0001\0\0abc"),
    Buffer.from('{"log":"hello\\n","stream":"stdout","time":"2026-01-01T00:00:00.123456789Z"}'),
    Buffer.from('{"stream":"stderr"}'),
  ],
  dictionary: ["\u0001\0\0\0", "\u0002\0\0\0", "\0\0\0\u0004", '"log":', '"time":', "null"],
  refusals: [],
  open: () => async (bytes) => {
    parseRecord(bytes);
    const whole = await outputOf([bytes]);
    const half = Math.floor(bytes.length / 2);
    const parts = await outputOf([bytes.subarray(0, half), bytes.subarray(half)]);
    ensureSame(parts, whole, "It does not matter how the output is cut");
    const single = await outputOf(
      Array.from({ length: Math.min(bytes.length, 64) }, (_, at) => bytes.subarray(at, at + 1)),
    );
    ensure(whole.startsWith(single.slice(0, -1)) || bytes.length <= 64, "A prefix of the output comes first");
    ensure(whole.length <= bytes.length * 2, "There is no more output than has been received");
    return undefined;
  },
});

/** What both streams have printed, each character with the stream that it is of. */
async function outputOf(chunks: readonly Buffer[]): Promise<string> {
  const pieces: string[] = [];
  for await (const { stream, content } of demultiplex(source(chunks))) {
    const mark = stream === "stderr" ? "e" : "o";
    for (const byte of content) pieces.push(mark + String.fromCharCode(byte));
  }
  return pieces.join("");
}

async function* source(chunks: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}
