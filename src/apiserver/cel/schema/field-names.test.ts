import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { escapeName, unescapeName } from "./field-names.ts";

describe("the name of a field in expressions", () => {
  test.each<[string, string | undefined]>([
    ["plain", "plain"],
    ["has_underscore", "has_underscore"],
    ["has__underscores", "has__underscores__underscores"],
    ["dash-ed", "dash__dash__ed"],
    ["dotted.name", "dotted__dot__name"],
    ["a/b", "a__slash__b"],
    ["in", "__in__"],
    ["namespace", "__namespace__"],
    ["int", "int"],
    ["0digit", undefined],
    ["a@b", undefined],
    ["", undefined],
  ])("%p is %p", (name, escaped) => {
    expect(escapeName(name)).toBe(escaped);
    if (escaped !== undefined) expect(unescapeName(escaped)).toBe(name);
  });

  test("leads back to the field", () => {
    const characters = fc.constantFrom("a", "_", "__", "-", ".", "/", "9", "dot", "dash", "in");
    const names = fc.array(characters, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(names, (name) => {
        const escaped = escapeName(name);
        if (escaped !== undefined) expect(unescapeName(escaped)).toBe(name);
      }),
    );
  });
});
