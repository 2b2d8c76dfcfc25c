import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { describeSyntaxError } from "./json-syntax.ts";
import { checkDepth, MAX_DEPTH, parseJson } from "./parse-json.ts";

describe("parseJson", () => {
  test.each([
    ["", "unexpected end of JSON input"],
    ["  ", "unexpected end of JSON input"],
    ["{", "unexpected end of JSON input"],
    ['{"a":', "unexpected end of JSON input"],
    ['{"a":1', "unexpected end of JSON input"],
    ['"abc', "unexpected end of JSON input"],
    ["-", "unexpected end of JSON input"],
    ["1e", "unexpected end of JSON input"],
    ["hello", "invalid character 'h' looking for beginning of value"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ["{a:1}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1}", "invalid character '}' after array element"],
    ["{} {}", "invalid character '{' after top-level value"],
    ["01", "invalid character '1' after top-level value"],
    ["-a", "invalid character 'a' in numeric literal"],
    ["1.a", "invalid character 'a' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ["trne", "invalid character 'n' in literal true (expecting 'u')"],
    ["nul", "unexpected end of JSON input"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u00g0"', "invalid character 'g' in \\u hexadecimal character escape"],
    ["\ufeff{}", "invalid character 'ï' looking for beginning of value"],
    ["---\na: b", "invalid character '-' in numeric literal"],
    ["[1e309]", "json: cannot unmarshal number 1e309 into Go value of type float64"],
  ])("%j is refused in Go's words", (text, message) => {
    expect(() => parseJson(text)).toThrow(message);
  });

  test("finds a problem exactly where the runtime finds one", () => {
    const noise = fc.string({
      unit: fc.constantFrom(...'{}[]",:-+.\\ue019tfnrulase \n\t'.split("")),
      maxLength: 10,
    });
    const broken = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), noise)
      .map(
        ([json, at, garbage]) =>
          json.slice(0, at % (json.length + 1)) + garbage + json.slice(at % (json.length + 1)),
      );
    fc.assert(
      fc.property(fc.oneof(noise, broken), (text) => {
        let isValid = true;
        try {
          JSON.parse(text);
        } catch {
          isValid = false;
        }
        expect(describeSyntaxError(text) === undefined, text).toBe(isValid);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checkDepth", () => {
  test("refuses what is nested too deeply and nothing else", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    expect(() => checkDepth(nested(MAX_DEPTH))).not.toThrow();
    expect(() => checkDepth(nested(MAX_DEPTH + 1))).toThrow("exceeded max depth");
    expect(() => checkDepth(nested(100_000))).toThrow("exceeded max depth");
  });
});
