import { expect, test } from "bun:test";
import { hostLinkName, linkAddressOf } from "./link-names.ts";

test("hostLinkName fits into the kernel's 15 characters and differs by pod", () => {
  const names = Array.from({ length: 1000 }, (_, index) =>
    hostLinkName(`00000000-0000-0000-0000-${String(index)}`),
  );
  expect(new Set(names).size).toBe(1000);
  expect(names.every((name) => /^veth[0-9a-f]{11}$/.test(name))).toBe(true);
});

test("linkAddressOf follows from the address, is locally administered and for one receiver", () => {
  expect(linkAddressOf("10.42.3.5")).toBe("0a:58:0a:2a:03:05");
  expect(linkAddressOf("fd42::1:5")).toBe("0a:58:00:01:00:05");
  expect(() => linkAddressOf("nothing")).toThrow(RangeError);
});
