import { describe, expect, test } from "bun:test";
import { parseBoolean, parseInteger, parseText } from "./query-values.ts";

test.each([
  { value: null, parsed: undefined },
  { value: "0", parsed: false },
  { value: "False", parsed: false },
  { value: "", parsed: true },
  { value: "1", parsed: true },
  { value: "yes", parsed: true },
])("takes $value for the truth value $parsed", ({ value, parsed }) => {
  expect(parseBoolean(value)).toBe(parsed as boolean);
});

describe("parseInteger", () => {
  test.each([
    { value: null, parsed: undefined },
    { value: "0", parsed: 0 },
    { value: "+12", parsed: 12 },
    { value: "-7", parsed: -7 },
  ])("reads $value", ({ value, parsed }) => {
    expect(parseInteger(value)).toBe(parsed as number);
  });

  test.each([
    { value: "", reason: "invalid syntax" },
    { value: "1.5", reason: "invalid syntax" },
    { value: "ten", reason: "invalid syntax" },
    { value: "9223372036854775808", reason: "value out of range" },
  ])("refuses $value", ({ value, reason }) => {
    expect(() => parseInteger(value)).toThrow(`strconv.ParseInt: parsing "${value}": ${reason}`);
  });
});

test.each([
  { value: null, parsed: undefined },
  { value: "", parsed: undefined },
  { value: "a", parsed: "a" },
])("takes $value for the text $parsed", ({ value, parsed }) => {
  expect(parseText(value)).toBe(parsed as string);
});
