import { expect, test } from "bun:test";
import fc from "fast-check";
import { generateName, randomText, safeEncode } from "./generated-name.ts";

test("generated names keep their base and fit into a label", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z-]{0,80}$/), random, (base, number) => {
      const name = generateName(base, () => number);
      expect(name.slice(0, -5)).toBe(base.slice(0, 58));
      expect(name.slice(-5)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    }),
  );
});

test("randomText takes one number for each character", () => {
  const numbers = [0, 0.999, 0.5];
  expect(randomText(3, () => numbers.shift() ?? 0)).toBe("b9r");
});

test("safeEncode maps digits as upstream does", () => {
  // The characters that occur in a pod-template-hash.
  expect(safeEncode("0123456789")).toBe("456789bcdf");
});
