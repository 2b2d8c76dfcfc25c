import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { WireWriter } from "#testing/wire-writer.ts";
import { WireError, WireReader } from "./wire-reader.ts";

const reader = (...bytes: readonly number[]): WireReader => new WireReader(Buffer.from(bytes));

describe("WireReader", () => {
  const all64 = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
  test.each([
    { bytes: [0x00], unsigned: 0, signed: 0, int32: 0 },
    { bytes: [0x7f], unsigned: 127, signed: 127, int32: 127 },
    { bytes: [0x96, 0x01], unsigned: 150, signed: 150, int32: 150 },
    {
      bytes: [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
      unsigned: 2 ** 46,
      signed: 2 ** 46,
      int32: 0,
    },
    {
      bytes: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
      unsigned: 2 ** 53 - 1,
      signed: 2 ** 53 - 1,
      int32: -1,
    },
    { bytes: all64, unsigned: 2 ** 64, signed: -1, int32: -1 },
  ])("reads $unsigned", ({ bytes, unsigned, signed, int32 }) => {
    expect(reader(...bytes).readUnsigned()).toBe(unsigned);
    expect(reader(...bytes).readSigned()).toBe(signed);
    expect(reader(...bytes).readInt32()).toBe(int32);
  });

  test.each([
    { tag: [0x08], value: 8, field: 1, wireType: 0 },
    { tag: [0x82, 0x01], value: 130, field: 16, wireType: 2 },
  ])("reads the tag of field $field", ({ tag, ...want }) => {
    expect(reader(...tag).readTag()).toEqual(want);
  });

  const faults: { name: string; read: () => unknown; reason: string }[] = [
    { name: "a number without an end", read: () => reader(0x80).readUnsigned(), reason: "unexpected EOF" },
    {
      name: "a number of too many bytes",
      read: () => reader(...Array.from({ length: 11 }, () => 0x80)).readUnsigned(),
      reason: "proto: integer overflow",
    },
    { name: "a text that is cut off", read: () => reader(2, 0x61).readBytes(), reason: "unexpected EOF" },
    { name: "a double that is cut off", read: () => reader(1).readDouble(), reason: "unexpected EOF" },
    {
      name: "a length below zero",
      read: () => reader(...all64).readBytes(),
      reason: "proto: negative length found during unmarshaling",
    },
    {
      name: "a kind of field that there is not",
      read: () => reader().skip(6),
      reason: "proto: illegal wireType 6",
    },
    { name: "a group without an end", read: () => reader(0x08, 1).skip(3), reason: "unexpected EOF" },
    {
      name: "an end without a group",
      read: () => reader().skip(4),
      reason: "proto: unexpected end of group",
    },
  ];
  test.each(faults)("refuses $name", ({ read, reason }) => {
    expect(read).toThrow(new WireError(reason));
  });

  test("passes over fields of every type", () => {
    const all = reader(0x80, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0xff, 1, 2, 3, 4);
    for (const wireType of [0, 1, 2, 5]) all.skip(wireType);
    expect(all.isAtEnd).toBe(true);
  });

  test("passes over groups with groups in them", () => {
    const group = reader(0x08, 1, 0x13, 0x0a, 1, 2, 0x14, 0x0c, 7);
    group.skip(3);
    expect(group.readUnsigned()).toBe(7);
  });

  test("ends a message where its field ends", () => {
    const outer = reader(2, 0x0a, 5, 0x61, 0x62, 0x63, 0x64, 0x65);
    const inner = outer.readMessage();
    expect(inner.readTag().field).toBe(1);
    expect(() => inner.readText()).toThrow("unexpected EOF");
  });

  test("reads what was written", () => {
    const fields = fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.string({ maxLength: 300 })));
    fc.assert(
      fc.property(fields, (written) => {
        const writer = new WireWriter();
        for (const [field, value] of written) writer.text(field, value);
        const again = new WireReader(writer.finish());
        const read = written.map(() => [again.readTag().field, again.readBytes().toString()]);
        expect(read).toEqual(written.map(([field, value]) => [field, value.toWellFormed()]));
        expect(again.isAtEnd).toBe(true);
      }),
    );
  });
});
