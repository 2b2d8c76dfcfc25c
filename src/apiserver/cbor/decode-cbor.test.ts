import { describe, expect, test } from "bun:test";
import { CborError } from "./cbor-head.ts";
import { decodeCbor } from "./decode-cbor.ts";

const decode = (hex: string): unknown => decodeCbor(Buffer.from(hex, "hex"));
const ascii = (text: string): string => Buffer.from(text).toString("hex");

describe("decodeCbor", () => {
  const cases: { name: string; hex: string; want: unknown }[] = [
    { name: "an unsigned integer", hex: "0a", want: 10 },
    { name: "one byte", hex: "18ff", want: 255 },
    { name: "two bytes", hex: "19ffff", want: 65_535 },
    { name: "four bytes", hex: "1affffffff", want: 4_294_967_295 },
    { name: "the largest integer", hex: "1b7fffffffffffffff", want: 2n ** 63n - 1n },
    { name: "a negative integer", hex: "20", want: -1 },
    { name: "the smallest integer", hex: "3b7fffffffffffffff", want: -(2n ** 63n) },
    { name: "an empty byte string", hex: "40", want: "" },
    { name: "a byte string", hex: `45${ascii("hello")}`, want: "hello" },
    { name: "a text in chunks", hex: "7f616161626163ff", want: "abc" },
    { name: "bytes in chunks", hex: "5f41614162ff", want: "ab" },
    { name: "bytes that are to be base64", hex: "d64401020304", want: "AQIDBA==" },
    { name: "bytes that are to be base64url", hex: "d542fbff", want: "-_8" },
    { name: "bytes that are to be hexadecimal", hex: "d742abcd", want: "abcd" },
    { name: "bytes inside what is to be base64", hex: "d6824101a14161d74102", want: ["AQ==", { a: "02" }] },
    {
      name: "lists without a length",
      hex: "9f9f8080ff9f8080ffff",
      want: [
        [[], []],
        [[], []],
      ],
    },
    {
      name: "maps without a length",
      hex: "bf6141bf616101616202ff6142bf616901616a02ffff",
      want: { A: { a: 1, b: 2 }, B: { i: 1, j: 2 } },
    },
    { name: "keys of both kinds", hex: "a243616263187b63414243187c", want: { abc: 123, ABC: 124 } },
    { name: "a treacherous key", hex: `a149${ascii("__proto__")}01`, want: JSON.parse('{"__proto__":1}') },
    { name: "half a float", hex: "f94200", want: 3 },
    { name: "a single float", hex: "fa7f7fffff", want: 3.4028234663852886e38 },
    { name: "a double float", hex: "fb0000000000000001", want: 5e-324 },
    { name: "false", hex: "f4", want: false },
    { name: "true", hex: "f5", want: true },
    { name: "null", hex: "f6", want: null },
    { name: "what says that it is CBOR", hex: "d9d9f7a0", want: {} },
    { name: "tags that nobody knows", hex: "c48221196ab3", want: [-2, 27_315] },
    { name: "a time as a text", hex: `c074${ascii("2006-01-02T15:04:05Z")}`, want: "2006-01-02T15:04:05Z" },
    { name: "a time as a number", hex: "c11a43b940e5", want: "2006-01-02T15:04:05Z" },
    { name: "a time before the epoch", hex: "c1f9bc00", want: "1969-12-31T23:59:59Z" },
    { name: "a time with a fraction", hex: "c1fb3ff8000000000000", want: "1970-01-01T00:00:01.5Z" },
  ];
  test.each(cases)("reads $name", ({ hex, want }) => {
    expect(decode(hex)).toEqual(want);
  });

  const refused: { hex: string; reason: string }[] = [
    { hex: "", reason: "EOF" },
    { hex: "1a", reason: "unexpected EOF" },
    { hex: "4561", reason: "unexpected EOF" },
    { hex: "8201", reason: "unexpected EOF" },
    { hex: "9f01", reason: "unexpected EOF" },
    { hex: "5bffffffffffffffff", reason: "unexpected EOF" },
    { hex: "0102", reason: "cbor: 1 bytes of extraneous data starting at index 1" },
    {
      hex: "1bffffffffffffffff",
      reason:
        "cbor: cannot unmarshal positive integer into Go value of type int64 (18446744073709551615 overflows Go's int64)",
    },
    {
      hex: "3bffffffffffffffff",
      reason:
        "cbor: cannot unmarshal negative integer into Go value of type int64 (-18446744073709551616 overflows Go's int64)",
    },
    { hex: "6180", reason: "cbor: invalid UTF-8 string" },
    { hex: "a2614101614102", reason: 'cbor: found duplicate map key "A" at map element index 1' },
    { hex: "a2414101614102", reason: 'cbor: found duplicate map key "A" at map element index 1' },
    {
      hex: "a25f426865436c6c6fff015f416844656c6c6fff02",
      reason: 'cbor: found duplicate map key "hello" at map element index 1',
    },
    { hex: "a10102", reason: "cbor: cannot unmarshal positive integer into Go value of type string" },
    {
      hex: "a1fb40091eb851eb851f63706965",
      reason: "cbor: cannot unmarshal primitives into Go value of type string",
    },
    {
      hex: "f97c00",
      reason: "cbor: data item of cbor type primitives is not accepted by protocol: floating-point infinity",
    },
    {
      hex: "fa7fc00000",
      reason: "cbor: data item of cbor type primitives is not accepted by protocol: floating-point NaN",
    },
    {
      hex: "f7",
      reason:
        "cbor: data item of cbor type primitives is not accepted by protocol: simple value 23 is not recognized",
    },
    {
      hex: "f8ff",
      reason:
        "cbor: data item of cbor type primitives is not accepted by protocol: simple value 255 is not recognized",
    },
    { hex: "f818", reason: "cbor: invalid simple value 24 for type primitives" },
    { hex: "1c", reason: "cbor: invalid additional information 28 for type positive integer" },
    { hex: "1f", reason: "cbor: invalid additional information 31 for type positive integer" },
    { hex: "ff", reason: 'cbor: unexpected "break" code' },
    { hex: "bf6161ff", reason: 'cbor: unexpected "break" code' },
    {
      hex: "5f6161ff",
      reason: "cbor: wrong element type UTF-8 text string for indefinite-length byte string",
    },
    { hex: "5f5f4161ffff", reason: "cbor: indefinite-length byte string chunk is not definite-length" },
    {
      hex: "c249010000000000000000",
      reason: "cbor: data item of cbor type tag is not accepted by protocol: bignum",
    },
    {
      hex: `c054${ascii("2006-01-02T15:04:05Z")}`,
      reason: "cbor: tag number 0 must be followed by text string, got byte string",
    },
    {
      hex: "c06474657874",
      reason:
        'cbor: cannot set text for time.Time: parsing time "text" as "2006-01-02T15:04:05Z07:00": cannot parse "text" as "2006"',
    },
    {
      hex: "c11b0000003afff44181",
      reason:
        "cbor: decoded time cannot be represented in RFC3339 format with sub-second precision: Time.MarshalText: year outside of range [0,9999]",
    },
    {
      hex: "c16161",
      reason:
        "cbor: tag number 1 must be followed by integer or floating-point number, got UTF-8 text string",
    },
    { hex: `${"81".repeat(1001)}01`, reason: "cbor: exceeded max nested level 1000" },
  ];
  test.each(refused)("refuses $hex", ({ hex, reason }) => {
    expect(() => decode(hex)).toThrow(new CborError(reason));
  });
});
