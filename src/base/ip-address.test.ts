import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  cidrContains,
  formatCidr,
  formatIpAddress,
  isIpv4Mapped,
  maskCidr,
  parseCidr,
  parseIpAddress,
  unmapIpAddress,
} from "./ip-address.ts";

describe("parseIpAddress", () => {
  const cases: { text: string; canonical: string | undefined; sloppy?: string }[] = [
    { text: "10.0.0.1", canonical: "10.0.0.1" },
    { text: "010.0.0.1", canonical: undefined, sloppy: "10.0.0.1" },
    { text: "256.0.0.1", canonical: undefined },
    { text: "1.2.3", canonical: undefined },
    { text: "1.2.3.4.5", canonical: undefined },
    { text: "", canonical: undefined },
    { text: "::", canonical: "::" },
    { text: "::1", canonical: "::1" },
    { text: "2001:DB8:0:0:0:0:0:1", canonical: "2001:db8::1" },
    { text: "2001:db8:0:1:0:0:0:1", canonical: "2001:db8:0:1::1" },
    { text: "1:0:2:3:4:5:6:7", canonical: "1:0:2:3:4:5:6:7" },
    { text: "::ffff:1.2.3.4", canonical: "::ffff:102:304" },
    { text: "::ffff:01.2.3.4", canonical: undefined, sloppy: "::ffff:102:304" },
    { text: "1:2:3:4:5:6:7", canonical: undefined },
    { text: "1:2:3:4:5:6:7:8:9", canonical: undefined },
    { text: "1:2:3:4:5:6:7::8", canonical: undefined },
    { text: "1::2::3", canonical: undefined },
    { text: "12345::", canonical: undefined },
    { text: ":1:2:3:4:5:6:7", canonical: undefined },
    { text: "1.2.3.4::", canonical: undefined },
    { text: "fe80::1%eth0", canonical: undefined },
  ];

  test.each(cases)("$text", ({ text, canonical, sloppy }) => {
    const strict = parseIpAddress(text);
    expect(strict && formatIpAddress(strict)).toBe(canonical);
    const loose = parseIpAddress(text, { leadingZeros: true });
    expect(loose && formatIpAddress(loose)).toBe(sloppy ?? canonical);
  });

  test("reads back every address that it writes", () => {
    const bytes = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        const address = { family: value.length === 4 ? "IPv4" : "IPv6", bytes: value } as const;
        expect(parseIpAddress(formatIpAddress(address))).toEqual(address);
      }),
    );
  });
});

test("an IPv4-mapped address can be told from others and unmapped", () => {
  const mapped = parseIpAddress("::ffff:1.2.3.4");
  const plain = parseIpAddress("::1.2.3.4");
  if (mapped === undefined || plain === undefined) throw new Error("both addresses are valid");
  expect(isIpv4Mapped(mapped)).toBeTrue();
  expect(formatIpAddress(unmapIpAddress(mapped))).toBe("1.2.3.4");
  expect(isIpv4Mapped(plain)).toBeFalse();
});

describe("parseCidr", () => {
  const cases: { text: string; network: string | undefined; masked?: string }[] = [
    { text: "10.0.0.0/8", network: "10.0.0.0/8", masked: "10.0.0.0/8" },
    { text: "10.1.2.3/15", network: "10.1.2.3/15", masked: "10.0.0.0/15" },
    { text: "10.1.2.3/32", network: "10.1.2.3/32", masked: "10.1.2.3/32" },
    { text: "2001:db8::1/33", network: "2001:db8::1/33", masked: "2001:db8::/33" },
    { text: "10.0.0.0/33", network: undefined },
    { text: "10.0.0.0/08", network: undefined },
    { text: "10.0.0.0", network: undefined },
    { text: "::/129", network: undefined },
  ];

  test.each(cases)("$text", ({ text, network, masked }) => {
    const cidr = parseCidr(text);
    expect(cidr && formatCidr(cidr)).toBe(network);
    expect(cidr && formatCidr(maskCidr(cidr))).toBe(masked);
  });
});

test.each([
  { network: "10.0.0.0/9", address: "10.127.0.1", contained: true },
  { network: "10.0.0.0/9", address: "10.128.0.1", contained: false },
  { network: "0.0.0.0/0", address: "::1", contained: false },
  { network: "fe80::/10", address: "febf::1", contained: true },
  { network: "fe80::/10", address: "fec0::1", contained: false },
])("$network contains $address: $contained", ({ network, address, contained }) => {
  const cidr = parseCidr(network);
  const parsed = parseIpAddress(address);
  if (cidr === undefined || parsed === undefined) throw new Error("both texts are valid");
  expect(cidrContains(cidr, parsed)).toBe(contained);
});
