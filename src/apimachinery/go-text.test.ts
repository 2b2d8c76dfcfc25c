import { describe, expect, test } from "bun:test";
import { goJson, goString, goSyntax, goTypeOf, goValue, quote } from "./go-text.ts";

describe("quote", () => {
  test.each([
    ["web", '"web"'],
    ["", '""'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ["a\tb\nc\x07", '"a\\tb\\nc\\a"'],
    ["\x00\x7f", '"\\x00\\x7f"'],
    ["Māori ☺", '"Māori ☺"'],
    ["\u00a0\u200b", '"\\u00a0\\u200b"'],
    ["\u{1F600}\u{E0001}", '"\u{1F600}\\U000e0001"'],
  ])("%j is written as %s", (text, want) => {
    expect(quote(text)).toBe(want);
  });
});

describe("goJson", () => {
  test("escapes what HTML would interpret", () => {
    expect(goJson({ a: "<b> & c" })).toBe('{"a":"\\u003cb\\u003e \\u0026 c"}');
  });

  test("writes null for an absent value", () => {
    expect(goJson(undefined)).toBe("null");
  });
});

test("goValue prints as %v does", () => {
  expect(goValue({ b: ["x", 1, true], a: { c: null }, "": 1.5 })).toBe(
    "map[:1.5 a:map[c:<nil>] b:[x 1 true]]",
  );
});

test("goSyntax prints as %#v does", () => {
  expect(goSyntax({ b: ["x", 1, true, null], a: {}, c: [] })).toBe(
    'map[string]interface {}{"a":map[string]interface {}{}, "b":[]interface {}{"x", 1, true, interface {}(nil)}, "c":[]interface {}{}}',
  );
});

test("goString prints as %s does", () => {
  expect(goString({ b: ["x", 1, true], a: null })).toBe(
    "map[a:%!s(<nil>) b:[x %!s(int64=1) %!s(bool=true)]]",
  );
});

test("goTypeOf names the types of decoded JSON", () => {
  expect([null, [], {}, "a", true, 1, 1.5].map(goTypeOf)).toEqual([
    "<nil>",
    "[]interface {}",
    "map[string]interface {}",
    "string",
    "bool",
    "int64",
    "float64",
  ]);
});
