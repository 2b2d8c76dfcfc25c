import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { exactNumber, isWhole, parseExactJson, parseFiniteJson } from "./exact-json.ts";

describe("parseExactJson", () => {
  test.each<[string, unknown]>([
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["-9007199254740993", -9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
    ["9223372036854775808", 9223372036854775808],
    ["9007199254740993.0", 2 ** 53],
    ["1e300", 1e300],
    ["0.12500000000000000000", 0.125],
    ['"9007199254740993"', "9007199254740993"],
    ['{"__proto__":9007199254740993}', JSON.parse('{"__proto__":0}')],
  ])("%s is %p", (text, want) => {
    const value = parseExactJson(text);
    if (text.includes("__proto__")) expect(Object.keys(value as object)).toEqual(["__proto__"]);
    else expect(value).toBe(want);
  });

  test("what it reads is written as it was", () => {
    const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    fc.assert(
      fc.property(fc.array(number), fc.string(), (numbers, text) => {
        const written = `{"a":[${numbers.join(",")}],"b":${JSON.stringify(text)}}`;
        expect(JSON.stringify(parseExactJson(written))).toBe(written);
      }),
    );
  });

  test("refuses what is no JSON as JSON.parse does", () => {
    expect(() => parseExactJson("9007199254740993,")).toThrow(SyntaxError);
  });
});

describe("parseFiniteJson", () => {
  test.each(["1e309", "[0,-1.5E+400]", '{"a": 10e0308}', "9".repeat(310)])("refuses %s", (text) => {
    expect(() => parseFiniteJson(text)).toThrow(
      /^json: cannot unmarshal number \S+ into Go value of type float64$/,
    );
  });

  test.each<[string, unknown]>([
    ["1e308", 1e308],
    ["1e-999", 0],
    ['["1e309",1]', ["1e309", 1]],
    ["9007199254740993", 9007199254740993n],
  ])("reads %s", (text, want) => {
    expect(parseFiniteJson(text)).toEqual(want);
  });
});

test("exactNumber knows a number by its text", () => {
  expect([exactNumber(5, "5"), exactNumber(2 ** 53, "+9007199254740993"), exactNumber(1e17, "1e17")]).toEqual(
    [5, 9007199254740993n, 1e17],
  );
});

test("whole numbers have two forms", () => {
  expect([1, 1n, 1.5, "1", null, Number.NaN].map(isWhole)).toEqual([true, true, false, false, false, false]);
});
