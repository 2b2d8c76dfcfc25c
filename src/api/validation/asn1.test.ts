import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  Asn1Error,
  Asn1Reader,
  bitStringBytes,
  checkInteger,
  INTEGER,
  objectIdentifier,
  sequenceOf,
} from "./asn1.ts";

function problemOf(read: () => unknown): string {
  try {
    read();
    return "";
  } catch (error) {
    if (error instanceof Asn1Error) return error.message;
    throw error;
  }
}

const OPTIONS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

test.each<{ name: string; hex: string; want: string }>([
  { name: "an integer", hex: "020105", want: "" },
  { name: "nothing", hex: "", want: "asn1: syntax error: sequence truncated" },
  { name: "no length", hex: "02", want: "asn1: syntax error: truncated tag or length" },
  { name: "half a length", hex: "028201", want: "asn1: syntax error: truncated tag or length" },
  { name: "half an integer", hex: "020205", want: "asn1: syntax error: data truncated" },
  { name: "an open end", hex: "0280", want: "asn1: syntax error: indefinite length found (not DER)" },
  { name: "a long short length", hex: "02810105", want: "asn1: structure error: non-minimal length" },
  {
    name: "a length with zeros",
    hex: "02820005",
    want: "asn1: structure error: superfluous leading zeros in length",
  },
  { name: "an endless length", hex: "02850101010101", want: "asn1: structure error: length too large" },
  { name: "a long short tag", hex: "1f1e00", want: "asn1: syntax error: non-minimal tag" },
  {
    name: "a long tag with zeros",
    hex: "1f8000",
    want: "asn1: syntax error: integer is not minimally encoded",
  },
  { name: "half a tag", hex: "1f81", want: "asn1: syntax error: truncated base 128 integer" },
  {
    name: "an endless tag",
    hex: "1fffffffffff7f",
    want: "asn1: structure error: base 128 integer too large",
  },
  {
    name: "a text",
    hex: "0c0161",
    want: `asn1: structure error: tags don't match (2 vs {class:0 tag:12 length:1 isCompound:false}) ${OPTIONS} int @2`,
  },
  {
    name: "something of the context",
    hex: "a203020105",
    want: `asn1: structure error: tags don't match (2 vs {class:2 tag:2 length:3 isCompound:true}) ${OPTIONS} int @2`,
  },
])("Asn1Reader.read finds in $name what Go finds", ({ hex, want }) => {
  expect(problemOf(() => new Asn1Reader(Uint8Array.fromHex(hex)).read(INTEGER))).toBe(want);
});

test.each<{ hex: string; want: string }>([
  { hex: "2a864886f70d01010b", want: "1.2.840.113549.1.1.11" },
  { hex: "550403", want: "2.5.4.3" },
  { hex: "813403", want: "2.100.3" },
])("objectIdentifier reads $want", ({ hex, want }) => {
  expect(objectIdentifier(Uint8Array.fromHex(hex))).toBe(want);
});

test.each<{ what: string; read: () => unknown; want: string }>([
  {
    what: "an identifier",
    read: () => objectIdentifier(Uint8Array.of()),
    want: "asn1: syntax error: zero length OBJECT IDENTIFIER",
  },
  {
    what: "half an identifier",
    read: () => objectIdentifier(Uint8Array.of(0x2a, 0x86)),
    want: "asn1: syntax error: truncated base 128 integer",
  },
  {
    what: "a large identifier",
    read: () => objectIdentifier(Uint8Array.fromHex("2affffffff7f")),
    want: "asn1: structure error: base 128 integer too large",
  },
  {
    what: "an empty bit string",
    read: () => bitStringBytes(Uint8Array.of()),
    want: "asn1: syntax error: zero length BIT STRING",
  },
  {
    what: "padding that is not zero",
    read: () => bitStringBytes(Uint8Array.of(3, 0x0f)),
    want: "asn1: syntax error: invalid padding bits in BIT STRING",
  },
  {
    what: "no integer",
    read: () => checkInteger(Uint8Array.of()),
    want: "asn1: structure error: empty integer",
  },
  {
    what: "an integer with zeros",
    read: () => checkInteger(Uint8Array.of(0, 1)),
    want: "asn1: structure error: integer not minimally-encoded",
  },
  {
    what: "a large integer",
    read: () => checkInteger(new Uint8Array(9).fill(1)),
    want: "asn1: structure error: integer too large",
  },
])("refuses $what as Go does", ({ read, want }) => {
  expect(problemOf(read)).toBe(want);
});

test("Asn1Reader fails with its own errors, whatever it reads", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new Asn1Reader(bytes);
      problemOf(() => {
        while (!reader.isAtEnd) new Asn1Reader(reader.read(sequenceOf("x"))).readOptional();
      });
    }),
  );
});
