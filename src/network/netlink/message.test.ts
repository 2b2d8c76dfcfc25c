import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Attributes } from "./attributes.ts";
import { parseAcknowledgement, parseMessages } from "./message.ts";
import { MessageWriter } from "./message-writer.ts";
import { NetlinkError } from "./netlink-error.ts";
import { FLAG_ACK } from "./protocol.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));

describe("MessageWriter", () => {
  test("writes a header, attributes in both byte orders and padding", () => {
    const writer = new MessageWriter();
    writer.message(16, FLAG_ACK).bytes(Uint8Array.of(1, 2, 3));
    writer.u8(1, 0xab).u16(2, 0x1234).u32(3, 0x12345678).be16(4, 0x1234).be32(5, 0x12345678);
    writer.be64(6, 0x0102030405060708n).string(7, "eth0").binary(8, Uint8Array.of(9));
    expect(hex(writer.finish(7))).toBe(
      [
        "5c000000 1000 0500 07000000 00000000", // length, type, flags, sequence, port
        "01020300",
        "0500 0100 ab000000",
        "0600 0200 34120000",
        "0800 0300 78563412",
        "0600 0400 12340000",
        "0800 0500 12345678",
        "0c00 0600 0102030405060708",
        "0900 0700 6574683000000000",
        "0500 0800 09000000",
      ]
        .join("")
        .replaceAll(" ", ""),
    );
  });

  test("nests attributes and numbers the messages of a batch", () => {
    const writer = new MessageWriter();
    writer.message(1, 0);
    const outer = writer.begin(1);
    const inner = writer.begin(2);
    writer.u8(3, 5).end(inner).end(outer);
    writer.message(2, 0).addFlags(FLAG_ACK);
    expect(hex(writer.finish(0xffffffff))).toBe(
      "20000000010001 00ffffffff00000000".replaceAll(" ", "") +
        "10000180 0c000280 05000300 05000000".replaceAll(" ", "") +
        "10000000 02000500 00000000 00000000".replaceAll(" ", ""),
    );
    expect(writer.count).toBe(2);
  });

  test("grows beyond its first buffer without losing a byte", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }), (values) => {
        const writer = new MessageWriter().message(1, 0);
        for (const [type, value] of values.entries()) writer.binary(type + 1, value);
        const [message] = parseMessages(writer.finish(1));
        const attributes = new Attributes(message?.payload ?? new Uint8Array());
        for (const [type, value] of values.entries()) {
          expect(attributes.binary(type + 1), `attribute ${String(type + 1)}`).toEqual(value);
        }
      }),
    );
  });
});

describe("parseMessages", () => {
  test("splits what was received", () => {
    const received = bytes(
      "14000000 1800 0200 05000000 09000000 aabbccdd  10000000 0300 0000 05000000 00000000",
    );
    expect(parseMessages(received)).toEqual([
      { type: 24, flags: 2, sequence: 5, portId: 9, payload: bytes("aabbccdd") },
      { type: 3, flags: 0, sequence: 5, portId: 0, payload: new Uint8Array() },
    ]);
  });

  test.each([
    { name: "a length beyond the end", text: "20000000 1800 0200 05000000 09000000 aabbccdd" },
    { name: "a length shorter than the header", text: "08000000 1800 0200 05000000 09000000" },
    { name: "a cut header", text: "10000000 1800" },
  ])("refuses $name", ({ text }) => {
    expect(() => parseMessages(bytes(text))).toThrow(NetlinkError);
  });
});

describe("parseAcknowledgement", () => {
  const parse = (flags: number, payload: string) =>
    parseAcknowledgement({ type: 2, flags, sequence: 1, portId: 1, payload: bytes(payload) });

  test("reads success", () => {
    expect(parse(0x100, "00000000 24000000 1000 0500 01000000 00000000")).toEqual({ errno: 0, reason: "" });
  });

  test("reads an error without explanation", () => {
    expect(parse(0x100, "efffffff 24000000 1000 0500 01000000 00000000")).toEqual({ errno: 17, reason: "" });
  });

  test("reads the kernel's explanation behind a capped request", () => {
    const text = "0a00 0100 6e6f706500000000";
    expect(parse(0x300, `eaffffff 24000000 1000 0500 01000000 00000000 ${text}`)).toEqual({
      errno: 22,
      reason: "nope",
    });
  });

  test("reads the kernel's explanation behind a request that is repeated in full", () => {
    const text = "0a00 0100 6e6f706500000000";
    expect(parse(0x200, `eaffffff 14000000 1000 0500 01000000 00000000 11223344 ${text}`)).toEqual({
      errno: 22,
      reason: "nope",
    });
  });

  test("names a missing attribute", () => {
    expect(parse(0x300, "eaffffff 24000000 1000 0500 01000000 00000000 0800 0500 07000000").reason).toBe(
      "attribute 7 is missing",
    );
  });
});

describe("Attributes", () => {
  test("reads every kind, and undefined for what is absent", () => {
    const attributes = new Attributes(
      bytes("0500 0100 ab000000 0800 0200 12345678 0900 0380 6574683000000000"),
    );
    expect(attributes.u8(1)).toBe(0xab);
    expect(attributes.be32(2)).toBe(0x12345678);
    expect(attributes.u32(2)).toBe(0x78563412);
    expect(attributes.string(3)).toBe("eth0");
    expect(attributes.byteString(2)).toBe("\x12\x34\x56\x78");
    expect(attributes.u32(9)).toBeUndefined();
    expect(attributes.has(9)).toBe(false);
  });

  test("refuses a value that is too short", () => {
    expect(() => new Attributes(bytes("0500 0100 ab000000")).u32(1)).toThrow("too short");
  });

  test("never fails otherwise than with a NetlinkError, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (noise) => {
        try {
          for (const message of parseMessages(noise)) for (const _ of new Attributes(message.payload));
          for (const { value } of new Attributes(noise)) new Attributes(value).nested(1)?.be64(1);
        } catch (error) {
          expect(error).toBeInstanceOf(NetlinkError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
