import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AddressPool, takeFromEach } from "./address-pool.ts";
import { PodNetworkError } from "./pod-network-error.ts";

describe("AddressPool", () => {
  test("keeps the first address for the gateway and never gives out the ends", () => {
    const pool = new AddressPool("10.42.3.0/29");
    expect(pool.gateway).toBe("10.42.3.1");
    expect(pool.prefixLength).toBe(29);
    const all = Array.from({ length: 5 }, () => pool.take());
    expect(all).toEqual(["10.42.3.2", "10.42.3.3", "10.42.3.4", "10.42.3.5", "10.42.3.6"]);
    expect(() => pool.take()).toThrow(PodNetworkError);
  });

  test("goes around before it gives an address out again", () => {
    const pool = new AddressPool("10.42.3.0/29");
    const first = pool.take();
    pool.release(first);
    expect(Array.from({ length: 5 }, () => pool.take()).at(-1)).toBe(first);
  });

  test("goes on behind the addresses that were in use before", () => {
    const pool = new AddressPool("10.42.3.0/29");
    pool.reserve("10.42.3.4");
    expect(pool.take()).toBe("10.42.3.5");
  });

  test("is not confused by an address of another range", () => {
    const pool = new AddressPool("10.42.3.0/24");
    pool.reserve("10.42.9.9");
    expect(pool.take()).toBe("10.42.3.2");
  });

  test("counts in IPv6 as well, and gives an address of each range or none", () => {
    const [wide, narrow] = [new AddressPool("fd42:0:0:3::/64"), new AddressPool("10.42.3.0/30")];
    expect(wide.gateway).toBe("fd42:0:0:3::1");
    expect(takeFromEach([wide, narrow])).toEqual(["fd42:0:0:3::2", "10.42.3.2"]);
    expect(() => takeFromEach([wide, narrow])).toThrow("No address is free");
    narrow.release("10.42.3.2");
    expect(takeFromEach([narrow, wide])[0]).toBe("10.42.3.2");
  });

  test.each(["10.42.3.0/31", "10.42.3.0/32", "10.42.3.1/24", "fd42::/127", "10.42.3.0", ""])(
    "refuses %p",
    (text) => {
      expect(() => new AddressPool(text)).toThrow(RangeError);
    },
  );

  test("never has two owners for one address, and never runs dry while one is free", () => {
    const step = fc.oneof(fc.constant("take"), fc.nat(10));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new AddressPool("10.42.3.0/28");
        const taken: string[] = [];
        for (const each of steps) {
          if (typeof each === "number") {
            const [released] = taken.splice(each % Math.max(1, taken.length), 1);
            if (released !== undefined) pool.release(released);
          } else if (taken.length < 13) {
            const address = pool.take();
            expect(taken).not.toContain(address);
            taken.push(address);
          } else expect(() => pool.take()).toThrow("No address is free");
        }
      }),
    );
  });
});
