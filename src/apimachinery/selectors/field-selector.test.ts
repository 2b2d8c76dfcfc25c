import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  compileFieldSelector,
  escapeFieldValue,
  type FieldRequirement,
  formatFieldSelector,
  parseFieldSelector,
  requiredFieldValue,
} from "./field-selector.ts";

describe("parseFieldSelector", () => {
  test.each([
    ["", ""],
    ["x=a,y=b,z=c", "x=a,y=b,z=c"],
    ["z==c,x!=a", "x!=a,z=c"],
    ["x=", "x="],
    ["x=,z=", "x=,z="],
    [",x=a,", "x=a"],
    ["=", ""],
    ["x=a\\,b\\=c\\\\", "x=a\\,b\\=c\\\\"],
  ])("%j reads as %j", (text, want) => {
    expect(formatFieldSelector(parseFieldSelector(text))).toBe(want);
  });

  test.each([
    ["x", "invalid selector: 'x'; can't understand 'x'"],
    ["x=a,b", "invalid selector: 'x=a,b'; can't understand 'b'"],
    ["x==a==b", "invalid field selector: unescaped character in value: 61"],
    ["x=\\a", "invalid field selector: invalid escape sequence: \\a"],
    ["x=a\\", "invalid field selector: invalid escape sequence: \\"],
  ])("%j is refused in upstream's words", (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  test("reads any value back", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(parseFieldSelector(`f=${escapeFieldValue(value)}`)).toEqual([
          { field: "f", operator: "=", value },
        ]);
      }),
    );
  });
});

describe("compileFieldSelector", () => {
  const getters: Readonly<Record<string, (object: { name: string }) => string>> = {
    "metadata.name": ({ name }) => name,
  };
  const compile = (text: string) => compileFieldSelector(parseFieldSelector(text), (field) => getters[field]);

  test("compares fields", () => {
    expect(compile("metadata.name=a")({ name: "a" })).toBe(true);
    expect(compile("metadata.name!=a")({ name: "a" })).toBe(false);
    expect(compile("metadata.name!=a,metadata.name!=b")({ name: "c" })).toBe(true);
    expect(compile("")({ name: "c" })).toBe(true);
  });

  test("refuses fields that cannot be selected", () => {
    expect(() => compile("spec.x=a")).toThrow("field label not supported: spec.x");
  });

  test("tells which value is required", () => {
    const requirements: readonly FieldRequirement[] = parseFieldSelector("metadata.name=a,spec.x!=b");
    expect(requiredFieldValue(requirements, "metadata.name")).toBe("a");
    expect(requiredFieldValue(requirements, "spec.x")).toBeUndefined();
  });
});
