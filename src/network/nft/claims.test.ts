import { expect, test } from "bun:test";
import fc from "fast-check";
import { Claims } from "./claims.ts";

test("the lowest rank counts, and the next one when it goes", () => {
  const claims = new Claims<string>();
  claims.claim("k", { owner: "young", rank: "2" }, "b");
  claims.claim("k", { owner: "old", rank: "1" }, "a");
  expect(claims.get("k")).toBe("a");
  claims.release("k", "old");
  expect(claims.get("k")).toBe("b");
  claims.release("k", "young");
  expect(claims.get("k")).toBeUndefined();
});

test("takeChanges tells only what is different from the last time", () => {
  const claims = new Claims<string>();
  claims.claim("kept", { owner: "a", rank: "" }, "1");
  claims.claim("changed", { owner: "a", rank: "" }, "1");
  claims.takeChanges();
  claims.claim("kept", { owner: "b", rank: "" }, "1");
  claims.release("kept", "a");
  claims.claim("changed", { owner: "a", rank: "" }, "2");
  claims.claim("gone again", { owner: "a", rank: "" }, "1");
  claims.release("gone again", "a");
  expect(claims.takeChanges()).toEqual([{ key: "changed", before: "1", after: "2" }]);
  expect(claims.takeChanges()).toEqual([]);
});

test("agrees with a list of all claims, in any order of events", () => {
  const event = fc.record({
    owner: fc.constantFrom("a", "b", "c", "d"),
    rank: fc.constantFrom("1", "2", "3"),
    value: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const claims = new Claims<number>();
      const model = new Map<string, { rank: string; value: number }>();
      for (const { owner, rank, value } of events) {
        if (value === undefined) {
          claims.release("k", owner);
          model.delete(owner);
        } else {
          claims.claim("k", { owner, rank }, value);
          model.set(owner, { rank, value });
        }
        const sorted = [...model].toSorted(([a, x], [b, y]) =>
          `${x.rank}${a}`.localeCompare(`${y.rank}${b}`),
        );
        expect(claims.get("k")).toBe(sorted[0]?.[1].value);
      }
    }),
  );
});
