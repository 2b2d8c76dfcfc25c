import { describe, expect, test } from "bun:test";
import { parseCIDR, parseIP } from "#base/cidr.ts";
import { ServiceIPRange } from "./ip-range.ts";
import { NodePortRange } from "./port-range.ts";

function ipRange(text: string): ServiceIPRange {
  const cidr = parseCIDR(text);
  if (cidr === undefined) throw new TypeError(`"${text}" is not a CIDR`);
  return new ServiceIPRange(cidr);
}

/** Everything that is picked until nothing is left. */
function pickAll<T>(pick: (isTaken: (item: T) => boolean) => T | undefined): readonly T[] {
  const taken = new Set<T>();
  for (let item = pick((each) => taken.has(each)); item !== undefined; ) {
    taken.add(item);
    item = pick((each) => taken.has(each));
  }
  return [...taken];
}

describe("ServiceIPRange", () => {
  test.each([
    [
      "10.43.0.0/16",
      "10.43.0.1",
      ["10.43.0.1", "10.43.255.254"],
      ["10.43.0.0", "10.43.255.255", "10.44.0.1", "fd00::1"],
    ],
    ["10.43.0.0/30", "10.43.0.1", ["10.43.0.2"], ["10.43.0.3"]],
    ["fd00::/112", "fd00::1", ["fd00::ffff"], ["fd00::", "fd00::1:0"]],
  ])("%s", (text, first, inside, outside) => {
    const range = ipRange(text);
    const contains = (address: string): boolean => {
      const parsed = parseIP(address);
      return parsed !== undefined && range.contains(parsed);
    };
    expect(range.first).toBe(first);
    expect(inside.filter(contains)).toEqual(inside);
    expect(outside.filter(contains)).toEqual([]);
  });

  test("gives out its upper part first, and every address once", () => {
    const range = ipRange("10.43.0.0/24");
    const picked = pickAll<string>((isTaken) => range.pickFree(isTaken, () => 0));
    expect(picked).toHaveLength(254);
    expect(new Set(picked).size).toBe(254);
    // A sixteenth of 256, and at least 16, are for those who choose an address.
    const lower = picked.slice(-16).map((address) => Number(address.split(".")[3]));
    expect(lower.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  test("gives out all of a range that is too small for parts", () => {
    const range = ipRange("10.43.0.0/29");
    expect(pickAll<string>((isTaken) => range.pickFree(isTaken, () => 0.9))).toHaveLength(6);
  });

  test("finds an address in a range that cannot be counted through", () => {
    expect(
      ipRange("fd00::/64").pickFree(
        () => false,
        () => 0.5,
      ),
    ).toStartWith("fd00::");
  });
});

describe("NodePortRange", () => {
  test("gives out its upper part first, and every port once", () => {
    const range = new NodePortRange(30_000, 32_767);
    const picked = pickAll<number>((isTaken) => range.pickFree(isTaken, () => 0));
    expect(picked).toHaveLength(2768);
    const lower = picked.slice(-86).toSorted((a, b) => a - b);
    expect(lower).toEqual(Array.from({ length: 86 }, (_, index) => 30_000 + index));
  });

  test("knows its bounds", () => {
    const range = new NodePortRange(30_000, 32_767);
    expect([29_999, 30_000, 32_767, 32_768].map((port) => range.contains(port))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(String(range)).toBe("30000-32767");
  });
});
