import { describe, expect, test } from "bun:test";
import { formatIP, type IPAddress, parseIP } from "./cidr.ts";
import {
  familyName,
  isGlobalUnicast,
  isIPv4Mapped,
  isLinkLocalMulticast,
  isLinkLocalUnicast,
  isLoopback,
  isUnspecified,
  unmapIP,
} from "./ip-kinds.ts";

const ip = (text: string): IPAddress => parseIP(text) as IPAddress;

const KINDS = {
  isUnspecified,
  isLoopback,
  isLinkLocalUnicast,
  isLinkLocalMulticast,
  isGlobalUnicast,
  isIPv4Mapped,
};

describe("an address is of these kinds", () => {
  test.each<[text: string, ...kinds: readonly (keyof typeof KINDS)[]]>([
    ["0.0.0.0", "isUnspecified"],
    ["::", "isUnspecified"],
    ["127.255.0.1", "isLoopback"],
    ["::1", "isLoopback"],
    ["169.254.1.2", "isLinkLocalUnicast"],
    ["febf::1", "isLinkLocalUnicast"],
    ["224.0.0.251", "isLinkLocalMulticast"],
    ["224.0.1.1"],
    ["ff02::1", "isLinkLocalMulticast"],
    ["ff32::1", "isLinkLocalMulticast"],
    ["ff05::2"],
    ["255.255.255.255"],
    ["10.0.0.1", "isGlobalUnicast"],
    ["fd00::1", "isGlobalUnicast"],
    ["::ffff:1.2.3.4", "isGlobalUnicast", "isIPv4Mapped"],
    ["::1.2.3.4", "isGlobalUnicast"],
  ])("%p", (text, ...kinds) => {
    const names = Object.keys(KINDS) as (keyof typeof KINDS)[];
    expect(names.filter((name) => KINDS[name](ip(text)))).toEqual([...kinds]);
  });
});

test.each([
  ["::ffff:1.2.3.4", "1.2.3.4", "IPv4"],
  ["::1.2.3.4", "::102:304", "IPv6"],
  ["1.2.3.4", "1.2.3.4", "IPv4"],
] as const)("%p without the mapping is %p, of %s", (text, want, family) => {
  const address = unmapIP(ip(text));
  expect([formatIP(address), familyName(address)]).toEqual([want, family]);
});
