import { expect, test } from "bun:test";
import fc from "fast-check";
import { demultiplex, type OutputPiece } from "./demultiplex.ts";

function frame({ stream, content }: OutputPiece): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === "stderr" ? 2 : 1;
  header.writeUInt32BE(content.length, 4);
  return Buffer.concat([header, content]);
}

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** Neighbours of the same stream in one. */
function joined(pieces: readonly OutputPiece[]): string[] {
  const all: [string, string][] = [];
  for (const { stream, content } of pieces) {
    const last = all.at(-1);
    const text = Buffer.from(content).toString("hex");
    if (last?.[0] === stream) last[1] += text;
    else if (text !== "") all.push([stream, text]);
  }
  return all.map(([stream, text]) => `${stream} ${text}`);
}

test("demultiplex gives back what was put together, however it is cut", async () => {
  const piece = fc.record({
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    content: fc.uint8Array({ maxLength: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(piece), fc.integer({ min: 1, max: 50 }), async (pieces, size) => {
      const found = await Array.fromAsync(demultiplex(chunked(Buffer.concat(pieces.map(frame)), size)));
      expect(joined(found)).toEqual(joined(pieces));
    }),
  );
});
