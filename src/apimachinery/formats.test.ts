import { describe, expect, test } from "bun:test";
import {
  checkConditionReason,
  checkConfigMapKey,
  checkDecimalInteger,
  checkDNS1035Label,
  checkDNS1123Label,
  checkDNS1123Subdomain,
  checkDNS1123SubdomainWithUnderscore,
  checkEnvVarName,
  checkLabelValue,
  checkNameWith,
  checkPathSegmentName,
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

describe("lengths and special cases", () => {
  const cases: [check: FormatCheck, value: string, want: string][] = [
    [checkDNS1123Label, "a.b", "must not contain dots"],
    [checkDNS1123Label, "a".repeat(64), "must be no more than 63 characters"],
    [checkDNS1123Subdomain, "a".repeat(254), "must be no more than 253 characters"],
    [checkLabelValue, "a".repeat(64), "must be no more than 63 bytes"],
    [checkQualifiedName, `${"a".repeat(254)}/b`, "prefix part must be no more than 253 bytes"],
    [checkQualifiedName, "a".repeat(64), "name part must be no more than 63 bytes"],
    [checkQualifiedName, "/b", "prefix part must be non-empty"],
    [checkPortName, "a".repeat(16), "must be no more than 15 characters"],
    [checkPathSegmentName, "..", "may not be '..'"],
    [checkPathSegmentName, "a/b", "may not contain '/'"],
    [checkPathSegmentName, "a%b", "may not contain '%'"],
    [checkDecimalInteger, "", "must be non-empty"],
    [checkDecimalInteger, "-0", "must be a valid decimal integer in canonical form"],
  ];

  test.each(cases)("%#", (check, value, want) => {
    expect(check(value)).toEqual([want]);
  });

  test("lengths count bytes", () => {
    expect(checkLabelValue("ä".repeat(32))).toContain("must be no more than 63 bytes");
    expect(checkLabelValue("ä".repeat(31))).not.toContain("must be no more than 63 bytes");
  });

  test("accepts valid values of the other formats", () => {
    expect(checkPathSegmentName("sha256:ABC@x")).toEqual([]);
    expect(["0", "-1", "120"].flatMap(checkDecimalInteger)).toEqual([]);
    expect(checkDNS1123SubdomainWithUnderscore("_sip._tcp.example")).toEqual([]);
    expect(checkConditionReason("ReasonA:B_")).toEqual([]);
    expect(checkConditionReason("1a")).not.toEqual([]);
  });

  test("a prefix of a name may end in a dash", () => {
    const check = checkNameWith(checkDNS1123Label);
    expect(check("web-", true)).toEqual([]);
    expect(check("web-", false)).not.toEqual([]);
    expect(check("-", true)).not.toEqual([]);
  });
});
