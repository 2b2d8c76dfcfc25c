import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { inspectJsonText } from "./json-text.ts";

describe("inspectJsonText", () => {
  const errors: { text: string; want: string }[] = [
    { text: "", want: "unexpected end of JSON input" },
    { text: '{"a":', want: "unexpected end of JSON input" },
    { text: '"abc', want: "unexpected end of JSON input" },
    { text: "hello", want: "invalid character 'h' looking for beginning of value" },
    { text: "nope", want: "invalid character 'o' in literal null (expecting 'u')" },
    { text: "{a:1}", want: "invalid character 'a' looking for beginning of object key string" },
    { text: '{"a":1,}', want: "invalid character '}' looking for beginning of object key string" },
    { text: '{"a" 1}', want: "invalid character '1' after object key" },
    { text: '{"a":1 "b":2}', want: "invalid character '\"' after object key:value pair" },
    { text: "[1 2]", want: "invalid character '2' after array element" },
    { text: "[1,]", want: "invalid character ']' looking for beginning of value" },
    { text: "{} x", want: "invalid character 'x' after top-level value" },
    { text: "'a'", want: "invalid character '\\'' looking for beginning of value" },
    { text: '"a\nb"', want: "invalid character '\\n' in string literal" },
    { text: '"\\x"', want: "invalid character 'x' in string escape code" },
    { text: '"\\u12g4"', want: "invalid character 'g' in \\u hexadecimal character escape" },
    { text: "-a", want: "invalid character 'a' in numeric literal" },
    { text: "1.x", want: "invalid character 'x' after decimal point in numeric literal" },
    { text: "1e+", want: "unexpected end of JSON input" },
    { text: "1ex", want: "invalid character 'x' in exponent of numeric literal" },
    { text: "01", want: "invalid character '1' after top-level value" },
    { text: "é", want: "invalid character 'Ã' looking for beginning of value" },
    { text: "\u0001", want: "invalid character '\\x01' looking for beginning of value" },
    { text: "[".repeat(10_001), want: "exceeded max depth" },
  ];
  test.each(errors)("explains $text", ({ text, want }) => {
    expect(inspectJsonText(text)).toEqual({ syntaxError: want, duplicateFields: [] });
  });

  const duplicates: { text: string; want: string[] }[] = [
    { text: '{"a":1,"b":{"a":2}}', want: [] },
    { text: '{"a":1,"a":2,"a":3}', want: ["a"] },
    {
      text: '{"spec":{"containers":[{"name":"a"},{"name":"a","name":"b"}]}}',
      want: ["spec.containers[1].name"],
    },
    { text: '{"a":1,"\\u0061":2}', want: ["a"] },
    { text: '{"a":[1,2,{"b":{},"b":[]}],"a":{}}', want: ["a[2].b", "a"] },
  ];
  test.each(duplicates)("finds the duplicates of $text", ({ text, want }) => {
    expect(inspectJsonText(text)).toEqual({ duplicateFields: want });
  });

  test("accepts what JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (value, indent) => {
        expect(inspectJsonText(JSON.stringify(value, null, indent))).toEqual({ duplicateFields: [] });
      }),
    );
  });

  test("refuses what JSON.parse refuses, and nothing else", () => {
    const edited = fc
      .tuple(
        fc.jsonValue({ maxDepth: 3 }),
        fc.nat(),
        fc.constantFrom("", '"', "\\", "{", "]", ",", "0", "-", ".", "e", "t", "\n"),
      )
      .map(([value, at, insert]) => {
        const text = JSON.stringify(value);
        const position = at % (text.length + 1);
        return text.slice(0, position) + insert + text.slice(position + 1);
      });
    fc.assert(
      fc.property(edited, (text) => {
        expect(inspectJsonText(text).syntaxError === undefined).toBe(isAccepted(text));
      }),
      { numRuns: 2000 },
    );
  });
});

function isAccepted(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
