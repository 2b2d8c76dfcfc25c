import { expect, test } from "bun:test";
import { parseGoBoolean } from "./go-boolean.ts";

test.each([
  [true, ["1", "t", "T", "true", "TRUE", "True"]],
  [false, ["0", "f", "F", "false", "FALSE", "False"]],
  [undefined, ["", "yes", "tRUE", " true", "2"]],
] as const)("parseGoBoolean reads %p", (want, texts) => {
  for (const text of texts) expect(parseGoBoolean(text)).toBe(want);
});
