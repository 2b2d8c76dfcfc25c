import { describe, expect, test } from "bun:test";
import { goJson, goMapJson, goString, goSyntax, goTypeOf, goValue, quote } from "./go-text.ts";

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

test.each([
  [0, "0"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [-1.5e-7, "-1.5e-07"],
  [1e21, "1e+21"],
  [123456789.25, "123456789.25"],
])("goValue prints the number %p as %s", (value, want) => {
  expect(goValue(value)).toBe(want);
});

test("goMapJson sorts keys byte by byte", () => {
  expect(goMapJson([{ b: { "2": null, "10": "<" } }, 1])).toBe('[{"b":{"10":"\\u003c","2":null}},1]');
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
