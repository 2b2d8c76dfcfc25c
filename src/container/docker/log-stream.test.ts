import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readLogLines } from "./log-stream.ts";

const TIME = "2026-01-31T10:00:00.123456789Z";

describe("readLogLines", () => {
  test("tells the streams apart and keeps bytes that are not text", async () => {
    const bytes = Buffer.concat([frame(1, Buffer.from([0xff, 10])), frame(2, Buffer.from("no newline"))]);
    expect(await linesOf([bytes], false)).toEqual([
      { stream: "stdout", timestamp: TIME, content: new Uint8Array([0xff, 10]) },
      { stream: "stderr", timestamp: TIME, content: new Uint8Array(Buffer.from("no newline")) },
    ]);
  });

  test("reads plain lines of a terminal", async () => {
    const lines = await linesOf([Buffer.from(`${TIME} a\r\n${TIME} b\r\n`)], true);
    expect(lines.map(({ content }) => Buffer.from(content).toString())).toEqual(["a\r\n", "b\r\n"]);
  });

  test("does not depend on where chunks end", async () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1, max: 30 }), async (records, chunkSize) => {
        const bytes = Buffer.concat(records.map((content) => frame(1, content)));
        const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, i) =>
          bytes.subarray(i * chunkSize, (i + 1) * chunkSize),
        );
        expect((await linesOf(chunks, false)).map(({ content }) => content)).toEqual(
          records.map((content) => new Uint8Array(content)),
        );
      }),
    );
  });
});

function frame(stream: number, content: Uint8Array): Buffer {
  const payload = Buffer.concat([Buffer.from(`${TIME} `), content]);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

async function linesOf(chunks: readonly Uint8Array[], tty: boolean) {
  return Array.fromAsync(readLogLines(stream(chunks), { tty }), (line) => ({
    ...line,
    content: new Uint8Array(line.content),
  }));
}

async function* stream(chunks: readonly Uint8Array[]) {
  yield* chunks;
  await Promise.resolve();
}
