import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Frame,
  FrameReader,
  formatData,
  formatGoAway,
  formatPing,
  formatReset,
  formatSynReply,
} from "./frame.ts";

const text = Buffer.from("hello");

/** Reads everything in pieces of a size; the content of a data frame is put together again. */
function framesOf(bytes: Buffer, size: number): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let open: (Frame & { readonly type: "data" }) | undefined;
  for (let start = 0; start < bytes.length; start += size) {
    for (const frame of reader.read(bytes.subarray(start, start + size))) {
      if (frame.type !== "data") frames.push(frame);
      else {
        const content = Buffer.concat([open?.content ?? Buffer.alloc(0), frame.content]);
        open = { ...frame, content };
        if (!frame.isLast && content.length < text.length) continue;
        frames.push(open);
        open = undefined;
      }
    }
  }
  return frames;
}

describe("FrameReader", () => {
  test("reads what was written, however it is cut", () => {
    const written = Buffer.concat([
      formatSynReply(1, text),
      formatData(1, text, false),
      formatPing(7),
      formatData(3, text, true),
      formatReset(3, 5),
      formatGoAway(9),
    ]);
    const whole = framesOf(written, written.length);
    expect(whole).toEqual([
      { type: "headers", streamId: 1, isLast: false, block: text },
      { type: "data", streamId: 1, isLast: false, content: text },
      { type: "ping", id: 7 },
      { type: "data", streamId: 3, isLast: true, content: text },
      { type: "reset", streamId: 3, status: 5 },
      { type: "goAway", lastStreamId: 9, status: 0 },
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (size) => {
        expect(framesOf(written, size)).toEqual(whole);
      }),
    );
  });

  test("reads a data frame without content", () => {
    const [frame] = new FrameReader().read(formatData(5, new Uint8Array(), true));
    expect(frame).toEqual({ type: "data", streamId: 5, isLast: true, content: Buffer.alloc(0) });
  });

  test.each([
    ["another version", "8002000600000004" + "00000001", "Version 2 is not spoken here"],
    ["a control frame that is too long", "8003000100ffffff", "A control frame is too long"],
    ["a control frame that is too short", "8003000300000004" + "00000001", "A control frame is too short"],
  ])("refuses %s", (_name, hex, message) => {
    expect(() => [...new FrameReader().read(Buffer.from(hex, "hex"))]).toThrow(message);
  });

  test("takes any bytes for frames or for an error of SPDY", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          for (const frame of new FrameReader().read(Buffer.from(bytes))) expect(frame.type).toBeString();
        } catch (error) {
          expect(error).toHaveProperty("name", "SpdyError");
        }
      }),
    );
  });
});
