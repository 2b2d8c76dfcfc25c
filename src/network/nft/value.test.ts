import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { formatIP, parseIP } from "#base/cidr.ts";
import { addressBytes, formatValue, markBytes, portBytes, prefixMask, protocolBytes } from "./value.ts";

describe("addressBytes", () => {
  test.each([
    { text: "10.43.0.1", want: "\x0a\x2b\0\x01" },
    { text: "255.255.255.255", want: "\xff\xff\xff\xff" },
    { text: "0.0.0.0", want: "\0\0\0\0" },
    { text: "fd42::5", want: `\xfd\x42${"\0".repeat(13)}\x05` },
  ])("reads $text", ({ text, want }) => {
    expect(addressBytes(text)).toBe(want);
  });

  test.each([
    "",
    ".",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4 ",
    "1..2.3",
    "1.2.3.",
    "a.b.c.d",
    "fd42:::1",
  ])("refuses %p", (text) => {
    expect(addressBytes(text)).toBeUndefined();
  });

  test("agrees with the general parser about every address", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIP(text);
        const bytes = addressBytes(text);
        if (address === undefined) expect(bytes).toBeUndefined();
        else
          expect(formatValue([address.family === 4 ? "ipv4_addr" : "ipv6_addr"], bytes ?? "")).toBe(
            formatIP(address),
          );
      }),
    );
  });
});

test("formatValue writes a concatenated key as people do", () => {
  const key = `${addressBytes("10.43.0.1") ?? ""}${protocolBytes("UDP")}${portBytes(53)}${markBytes(70_000)}`;
  expect(formatValue(["ipv4_addr", "inet_proto", "inet_service", "mark"], key)).toBe(
    "10.43.0.1 . udp . 53 . 70000",
  );
});

test.each([
  { length: 0, size: 4, want: "00000000" },
  { length: 16, size: 4, want: "ffff0000" },
  { length: 20, size: 4, want: "fffff000" },
  { length: 32, size: 4, want: "ffffffff" },
  { length: 57, size: 16, want: "ffffffffffffff800000000000000000" },
])("prefixMask of /$length", ({ length, size, want }) => {
  expect(Buffer.from(prefixMask(length, size), "latin1").toString("hex")).toBe(want);
});
