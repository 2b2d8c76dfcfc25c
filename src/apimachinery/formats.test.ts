import { describe, expect, test } from "bun:test";
import {
  checkConfigMapKey,
  checkDNS1035Label,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkEnvVarName,
  checkLabelValue,
  checkPortName,
  checkQualifiedName,
  type FormatCheck,
} from "./formats.ts";

const cases: { check: FormatCheck; valid: string[]; invalid: string[] }[] = [
  {
    check: checkDNS1123Label,
    valid: ["a", "1-b", "a".repeat(63)],
    invalid: ["", "A", "-a", "a.b", "a".repeat(64)],
  },
  { check: checkDNS1123Subdomain, valid: ["a.b", "a-b.c"], invalid: ["a..b", ".a", "a_b", "a".repeat(254)] },
  { check: checkDNS1035Label, valid: ["abc-1"], invalid: ["1abc", "abc-", ""] },
  { check: checkLabelValue, valid: ["", "v1.2_x"], invalid: ["-x", "a b", "a".repeat(64)] },
  {
    check: checkQualifiedName,
    valid: ["app", "example.com/app", "App_1"],
    invalid: ["", "/app", "a/b/c", "Ex.com/app", "app/", "a".repeat(64)],
  },
  { check: checkConfigMapKey, valid: ["a.b", "_x"], invalid: ["", "a/b", ".", "..", "..x"] },
  { check: checkEnvVarName, valid: ["A", "my var", "1x"], invalid: ["", "a=b", "ä"] },
  { check: checkPortName, valid: ["http", "h2"], invalid: ["80", "a--b", "-a", "Http", "a".repeat(16)] },
];

describe("format checks", () => {
  test.each(cases)("%# accepts what upstream accepts", ({ check, valid, invalid }) => {
    for (const value of valid) expect(check(value), value).toEqual([]);
    for (const value of invalid) expect(check(value), value).not.toEqual([]);
  });

  test("messages are upstream's, the doubled comma of its examples included", () => {
    expect(checkDNS1123Label("A")).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(checkQualifiedName("a/b/c")).toEqual([
      "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
    ]);
  });
});
