import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { WireError, WireReader } from "./wire-reader.ts";
import { WireWriter } from "./wire-writer.ts";

const reader = (...bytes: readonly number[]): WireReader => new WireReader(Buffer.from(bytes));

describe("WireReader", () => {
  test.each([
    { bytes: [0x00], value: 0n },
    { bytes: [0x7f], value: 127n },
    { bytes: [0x96, 0x01], value: 150n },
    { bytes: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], value: 2n ** 64n - 1n },
  ])("reads $value", ({ bytes, value }) => {
    expect(reader(...bytes).readVarint()).toBe(value);
  });

  test.each([
    { tag: [0x08], field: 1, wireType: 0 as const },
    { tag: [0x82, 0x01], field: 16, wireType: 2 as const },
  ])("reads the tag of field $field", ({ tag, field, wireType }) => {
    expect(reader(...tag).readTag()).toEqual({ field, wireType });
  });

  const faults: { name: string; read: () => unknown; reason: string }[] = [
    { name: "a number without an end", read: () => reader(0x80).readVarint(), reason: "unexpected EOF" },
    {
      name: "a number of too many bytes",
      read: () => reader(...Array.from({ length: 11 }, () => 0x80)).readVarint(),
      reason: "proto: integer overflow",
    },
    { name: "a text that is cut off", read: () => reader(2, 0x61).readBytes(), reason: "unexpected EOF" },
    { name: "a double that is cut off", read: () => reader(1).readDouble(), reason: "unexpected EOF" },
    { name: "a group", read: () => reader(0x0b).readTag(), reason: "proto: illegal wireType 3" },
    { name: "field 0", read: () => reader(0x02).readTag(), reason: "proto: illegal tag 0 (wire type 2)" },
  ];
  test.each(faults)("refuses $name", ({ read, reason }) => {
    expect(read).toThrow(new WireError(reason));
  });

  test("passes over fields of every type", () => {
    const all = reader(0x80, 0x01, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0xff, 1, 2, 3, 4);
    for (const wireType of [0, 1, 2, 5] as const) all.skip(wireType);
    expect(all.isAtEnd).toBe(true);
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
