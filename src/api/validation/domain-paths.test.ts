import { expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { validateDomainPrefixedPath } from "./domain-paths.ts";

test.each<{ text: string; want: string[] }>([
  { text: "acme.io/foo/bar", want: [] },
  { text: "", want: ["p: Required value"] },
  ...["foo", "/foo", "acme.io/"].map((text) => ({
    text,
    want: [`p: Invalid value: "${text}": must be a domain-prefixed path (such as "acme.io/foo")`],
  })),
  {
    text: "acme.io/a b",
    want: [
      `p: Invalid value: "a b": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')`,
    ],
  },
])("validateDomainPrefixedPath judges $text", ({ text, want }) => {
  expect(errorTexts(validateDomainPrefixedPath(text, "p"))).toEqual(want);
});
