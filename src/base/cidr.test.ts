import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addressesOf,
  bytesOfIP,
  type CIDR,
  cidrOf,
  compareIPs,
  containsCIDR,
  containsIP,
  formatCIDR,
  formatIP,
  formatPrefix,
  type IPAddress,
  indexOfIP,
  ipOfBytes,
  maskOf,
  networkOf,
  nthIP,
  nthSubnet,
  overlaps,
  parseCIDR,
  parseIP,
  parsePrefix,
  sizeOf,
} from "./cidr.ts";

describe("parseIP", () => {
  const valid: { text: string; canonical?: string }[] = [
    { text: "0.0.0.0" },
    { text: "10.43.0.10" },
    { text: "255.255.255.255" },
    { text: "::" },
    { text: "::1" },
    { text: "1::" },
    { text: "fd00:10:0:0:1:0:0:1", canonical: "fd00:10::1:0:0:1" },
    { text: "2001:DB8:0:0:0:0:0:1", canonical: "2001:db8::1" },
    { text: "2001:db8:0:1:1:1:1:1" },
    { text: "::ffff:192.0.2.1" },
    { text: "::ffff:c000:201", canonical: "::ffff:192.0.2.1" },
    { text: "64:ff9b::192.0.2.33", canonical: "64:ff9b::c000:221" },
    { text: "0:0:0:0:0:0:0:0", canonical: "::" },
  ];
  test.each(valid)("reads $text", ({ text, canonical }) => {
    const address = parseIP(text);
    expect(address && formatIP(address)).toBe(canonical ?? text);
  });

  const invalid = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.-4",
    "1.2.3.4 ",
    ":",
    ":::",
    "1:::2",
    "1::2::3",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "fe80::1%eth0",
    "::1.2.3",
    "1.2.3.4::",
    "g::",
  ];
  test.each(invalid)("refuses %p", (text) => {
    expect(parseIP(text)).toBeUndefined();
  });
});

test.each([
  ["010.0.0.1", "10.0.0.1"],
  ["::ffff:01.2.3.4", "::ffff:1.2.3.4"],
  ["0256.0.0.1", undefined],
  ["00000000001.0.0.1", undefined],
])("leading zeros in %p are read when they may be there", (text, want) => {
  expect(parseIP(text)).toBeUndefined();
  const address = parseIP(text, { leadingZeros: true });
  expect(address && formatIP(address)).toBe(want);
});

describe("parsePrefix", () => {
  test.each<[text: string, written: string | undefined, network: string | undefined]>([
    ["10.0.0.0/8", "10.0.0.0/8", "10.0.0.0/8"],
    ["10.1.2.3/15", "10.1.2.3/15", "10.0.0.0/15"],
    ["10.1.2.3/32", "10.1.2.3/32", "10.1.2.3/32"],
    ["2001:DB8::1/33", "2001:db8::1/33", "2001:db8::/33"],
    ["10.0.0.0/33", undefined, undefined],
    ["10.0.0.0/08", undefined, undefined],
    ["10.0.0.0", undefined, undefined],
    ["::/129", undefined, undefined],
  ])("of %p keeps %p, of the network %p", (text, written, network) => {
    const prefix = parsePrefix(text);
    expect(prefix && formatPrefix(prefix)).toBe(written);
    expect(prefix && formatCIDR(networkOf(prefix))).toBe(network);
  });

  test("reads a length with leading zeros when it may have them", () => {
    expect(parsePrefix("10.0.0.0/08", { leadingZeros: true })?.prefixLength).toBe(8);
  });
});

describe("parseCIDR", () => {
  const cases: { text: string; want: string | undefined; allowHostBits?: boolean }[] = [
    { text: "10.42.0.0/16", want: "10.42.0.0/16" },
    { text: "0.0.0.0/0", want: "0.0.0.0/0" },
    { text: "fd00::/108", want: "fd00::/108" },
    { text: "10.42.0.1/16", want: undefined },
    { text: "10.42.0.1/16", want: "10.42.0.0/16", allowHostBits: true },
    { text: "10.42.0.0/33", want: undefined },
    { text: "10.42.0.0/016", want: undefined },
    { text: "10.42.0.0/", want: undefined },
    { text: "10.42.0.0", want: undefined },
    { text: "fd00::/129", want: undefined },
    { text: "/8", want: undefined },
  ];
  test.each(cases)("$text host bits $allowHostBits is $want", ({ text, want, allowHostBits }) => {
    const cidr = parseCIDR(text, { allowHostBits: allowHostBits ?? false });
    expect(cidr && formatCIDR(cidr)).toBe(want);
  });
});

test("arithmetic inside a range", () => {
  const range = cidr("10.43.0.0/30");
  expect([...addressesOf(range)].map(formatIP)).toEqual(["10.43.0.0", "10.43.0.1", "10.43.0.2", "10.43.0.3"]);
  expect([...addressesOf(range, 2)].map(formatIP)).toEqual(["10.43.0.2", "10.43.0.3"]);
  expect(formatIP(nthIP(cidr("10.43.0.0/16"), 10))).toBe("10.43.0.10");
  expect(() => nthIP(range, 4)).toThrow("No address 4 in 10.43.0.0/30");
  expect(formatCIDR(nthSubnet(cidr("10.42.0.0/16"), 24, 3))).toBe("10.42.3.0/24");
  expect(() => nthSubnet(cidr("10.42.0.0/16"), 24, 256)).toThrow(RangeError);
  expect(formatIP(maskOf(cidr("10.42.0.0/16")))).toBe("255.255.0.0");
  expect(overlaps(cidr("10.0.0.0/8"), cidr("10.42.0.0/16"))).toBeTrue();
  expect(overlaps(cidr("10.42.0.0/16"), cidr("10.43.0.0/16"))).toBeFalse();
});

describe("laws", () => {
  const ip: fc.Arbitrary<IPAddress> = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4 as const, value })),
    fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6 as const, value })),
    // Sparse addresses, where runs of zeros are shortened.
    fc.array(fc.constantFrom(0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 }).map((groups) => ({
      family: 6 as const,
      value: groups.reduce<bigint>((all, group) => (all << 16n) | group, 0n),
    })),
  );
  const range: fc.Arbitrary<CIDR> = fc
    .tuple(ip, fc.nat(128))
    .map(([address, length]) => cidrOf(address, address.family === 4 ? length % 33 : length));

  test("text and bytes lose nothing", () => {
    fc.assert(
      fc.property(ip, (address) => {
        expect(parseIP(formatIP(address))).toEqual(address);
        expect(ipOfBytes(bytesOfIP(address))).toEqual(address);
      }),
    );
  });

  test("a range's text reads back, and its first and last address are inside", () => {
    fc.assert(
      fc.property(range, (each) => {
        expect(parseCIDR(formatCIDR(each))).toEqual(each);
        expect(containsIP(each, nthIP(each, 0))).toBeTrue();
        expect(containsIP(each, nthIP(each, sizeOf(each) - 1n))).toBeTrue();
      }),
    );
  });

  test("indexOfIP inverts nthIP and agrees with containsIP", () => {
    fc.assert(
      fc.property(range, ip, (each, address) => {
        const index = indexOfIP(each, address);
        expect(index !== undefined).toBe(containsIP(each, address));
        if (index !== undefined) expect(nthIP(each, index)).toEqual(address);
      }),
    );
  });

  test("of two ranges one holds the other or they share nothing", () => {
    fc.assert(
      fc.property(range, range, (a, b) => {
        expect(overlaps(a, b)).toBe(containsCIDR(a, b) || containsCIDR(b, a));
        if (!overlaps(a, b)) expect(containsIP(a, b.base) || containsIP(b, a.base)).toBeFalse();
      }),
    );
  });

  test("compareIPs orders as the numbers do", () => {
    fc.assert(
      fc.property(ip, ip, (a, b) => {
        expect(Math.sign(compareIPs(a, b))).toBe(-Math.sign(compareIPs(b, a)) + 0);
        if (compareIPs(a, b) === 0) expect(a).toEqual(b);
      }),
    );
  });
});

test.each([
  ["10.0.0.0/9", "10.127.0.1", true],
  ["10.0.0.0/9", "10.128.0.1", false],
  ["0.0.0.0/0", "::1", false],
  ["fe80::/10", "febf::1", true],
  ["fe80::/10", "fec0::1", false],
])("%p contains %p: %p", (network, address, want) => {
  expect(containsIP(cidr(network), parseIP(address) as IPAddress)).toBe(want);
});

function cidr(text: string): CIDR {
  const parsed = parseCIDR(text);
  if (parsed === undefined) throw new RangeError(text);
  return parsed;
}
