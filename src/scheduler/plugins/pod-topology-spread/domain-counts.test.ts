import { expect, test } from "bun:test";
import fc from "fast-check";
import { DomainCounts } from "./domain-counts.ts";

const domain = fc.constantFrom("a", "b", "c", "d");

test("counts and finds the minimum after any changes as if it counted anew", () => {
  const start = fc.dictionary(domain, fc.nat(5), { minKeys: 1 });
  const changes = fc.array(fc.tuple(domain, fc.constantFrom(1 as const, -1 as const)), { maxLength: 8 });
  fc.assert(
    fc.property(start, changes, (counts, steps) => {
      const expected = new Map(Object.entries(counts));
      const first = DomainCounts.of(new Map(expected));
      const known = steps.filter(([name]) => expected.has(name));
      const changed = known.reduce((each, [name, amount]) => each.with(name, amount), first);
      for (const [name, amount] of known) expected.set(name, (expected.get(name) ?? 0) + amount);
      expect(changed.minimum).toBe(Math.min(...expected.values()));
      for (const [name, count] of expected) expect(changed.get(name), name).toBe(count);
      expect(first.minimum).toBe(Math.min(...Object.values(counts)));
    }),
  );
});

test("has no minimum without domains", () => {
  expect(DomainCounts.of(new Map()).minimum).toBe(Number.POSITIVE_INFINITY);
});
