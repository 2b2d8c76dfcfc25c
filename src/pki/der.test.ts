import { describe, expect, test } from "bun:test";
import { bitString, boolean, integer, objectIdentifier, octetString, sequence, time } from "./der.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("DER", () => {
  const cases: { name: string; bytes: Uint8Array; want: string }[] = [
    { name: "zero", bytes: integer(Uint8Array.of(0)), want: "020100" },
    {
      name: "an integer whose first bit is set gets a zero byte",
      bytes: integer(Uint8Array.of(0x80)),
      want: "02020080",
    },
    { name: "an integer loses leading zeros", bytes: integer(Uint8Array.of(0, 0, 1)), want: "020101" },
    { name: "true", bytes: boolean(true), want: "0101ff" },
    {
      name: "an object identifier with large arcs",
      bytes: objectIdentifier("1.2.840.10045.4.3.2"),
      want: "06082a8648ce3d040302",
    },
    { name: "a bit string with unused bits", bytes: bitString(Uint8Array.of(0x80), 7), want: "03020780" },
    { name: "an empty sequence", bytes: sequence(), want: "3000" },
    {
      name: "UTCTime until 2049",
      bytes: time(Date.UTC(2049, 11, 31, 23, 59, 59)),
      want: `170d${hex(Buffer.from("491231235959Z"))}`,
    },
    {
      name: "GeneralizedTime from 2050",
      bytes: time(Date.UTC(2050, 0, 1)),
      want: `180f${hex(Buffer.from("20500101000000Z"))}`,
    },
  ];
  test.each(cases)("$name", ({ bytes, want }) => {
    expect(hex(bytes)).toBe(want);
  });

  test.each([
    { size: 127, header: "047f" },
    { size: 128, header: "048180" },
    { size: 256, header: "04820100" },
  ])("the length of $size bytes", ({ size, header }) => {
    expect(hex(octetString(new Uint8Array(size))).slice(0, header.length)).toBe(header);
  });
});
