import { describe, expect, test } from "bun:test";
import { constants, deflateSync } from "node:zlib";
import fc from "fast-check";
import { HeaderDecoder, HeaderEncoder } from "./header-block.ts";
import { HEADER_DICTIONARY } from "./header-dictionary.ts";

function compressed(content: Buffer): Buffer {
  return deflateSync(content, { dictionary: HEADER_DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
}

describe("header blocks", () => {
  test("are read as they were written, one after another", async () => {
    const headers = fc.dictionary(fc.stringMatching(/^[a-z-]{1,10}$/), fc.string({ maxLength: 20 }), {
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { maxLength: 5 }), async (blocks) => {
        const encoder = new HeaderEncoder();
        using decoder = new HeaderDecoder();
        for (const block of blocks) expect(await decoder.decode(encoder.encode(block))).toEqual(block);
      }),
      { numRuns: 30 },
    );
  });

  test("may be compressed, with names in any case", async () => {
    using decoder = new HeaderDecoder();
    const content = Buffer.from(`\0\0\0\x01\0\0\0\x0aStreamType\0\0\0\x05error`, "latin1");
    expect(await decoder.decode(compressed(content))).toEqual({ streamtype: "error" });
  });

  test.each([
    ["that are not compressed", Buffer.from("hello"), "Cannot decompress headers"],
    ["that end too early", compressed(Buffer.from("\0\0\0\x02\0\0", "latin1")), "Headers end too early"],
    ["that unpack to too much", compressed(Buffer.alloc(1024 * 1024)), "Headers are too long"],
  ])("are refused %s", async (_name, block, message) => {
    using decoder = new HeaderDecoder();
    await expect(decoder.decode(block)).rejects.toThrow(message);
  });
});
