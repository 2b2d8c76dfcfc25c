import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { expandVariables, missingVariables } from "./expand-variables.ts";

const variables = new Map([
  ["A", "one"],
  ["EMPTY", ""],
  ["NESTED", "$(A)"],
]);

describe("expandVariables", () => {
  const cases: readonly (readonly [text: string, expanded: string])[] = [
    ["plain", "plain"],
    ["$(A)", "one"],
    ["$(A)$(A)", "oneone"],
    ["x-$(A)-y", "x-one-y"],
    ["$(EMPTY)", ""],
    ["$(NONE)", "$(NONE)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$one"],
    ["$$$$(A)", "$$(A)"],
    ["$A", "$A"],
    ["$(A", "$(A"],
    ["$", "$"],
    ["$()", "$()"],
    ["$(NESTED)", "$(A)"],
  ];
  test.each(cases)("%s becomes %s", (text, expanded) => {
    expect(expandVariables(text, variables)).toBe(expanded);
  });

  test("changes nothing without a dollar sign", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("$"));
        expect(expandVariables(text, variables)).toBe(text);
      }),
    );
  });

  test("undoes doubled dollar signs", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(expandVariables(text.replaceAll("$", "$$$$"), variables)).toBe(text);
      }),
    );
  });
});

test("missingVariables names what has no value", () => {
  expect(missingVariables("$(A) $(NONE) $$(ESCAPED)", variables)).toEqual(["NONE"]);
});
