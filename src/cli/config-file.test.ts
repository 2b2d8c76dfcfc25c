import { expect, test } from "bun:test";
import { parseConfigFile } from "./config-file.ts";

test.each([
  { text: "a: [", says: "Flow sequence in block collection must be sufficiently indented" },
  { text: "a: *b", says: "Unresolved alias (the anchor must be set before the alias): b" },
])("$text cannot be parsed", ({ text, says }) => {
  expect(() => parseConfigFile(text, "/c.yaml")).toThrow(`Cannot parse config file "/c.yaml": ${says}`);
});
