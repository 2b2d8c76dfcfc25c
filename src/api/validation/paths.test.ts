import { expect, test } from "bun:test";
import { formatFieldError } from "#apimachinery/field-error.ts";
import { validateLocalNonReservedPath } from "./paths.ts";

const cases: { text: string; want: string[] }[] = [
  { text: "a/b", want: [] },
  { text: "a..b", want: [] },
  { text: "/a", want: ['path: Invalid value: "/a": must be a relative path'] },
  { text: "a/../b", want: ["path: Invalid value: \"a/../b\": must not contain '..'"] },
  { text: "../a", want: ["path: Invalid value: \"../a\": must not contain '..'"] },
  { text: "..a", want: ["path: Invalid value: \"..a\": must not start with '..'"] },
];

test.each(cases)("$text", ({ text, want }) => {
  expect(validateLocalNonReservedPath(text, "path").map(formatFieldError)).toEqual(want);
});
