import { describe, expect, test } from "bun:test";
import { PatchBody, type PatchFormat, patchFormatOf } from "./patch-body.ts";

const body = (
  text: string,
  patchType: PatchFormat["patchType"],
  fieldValidation?: "Ignore" | "Warn" | "Strict",
): PatchBody =>
  new PatchBody(
    Buffer.from(text),
    { patchType, encoding: patchType === "apply" ? "yaml" : "json" },
    fieldValidation,
  );

describe("patchFormatOf", () => {
  test.each([
    { header: "application/json-patch+json", want: "json" },
    { header: "application/merge-patch+json; charset=utf-8", want: "merge" },
    { header: "application/strategic-merge-patch+json", want: "strategic" },
    { header: "application/apply-patch+yaml", want: "apply" },
  ] as const)("of $header", ({ header, want }) => {
    expect(patchFormatOf(header).patchType).toBe(want);
  });

  test.each([undefined, "application/json"])("refuses %s", (header) => {
    expect(() => patchFormatOf(header)).toThrow(
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
    );
  });
});

describe("PatchBody", () => {
  test("reads JSON for every patch but apply, which is YAML", () => {
    expect(body('{"a":1}', "merge").document).toEqual({ a: 1 });
    expect(body('{"a":1}', "apply").document).toEqual({ a: 1 });
    expect(body("a: yes", "apply").document).toEqual({ a: true });
  });

  test("refuses what is no JSON", () => {
    expect(() => body("a: 1", "json").document).toThrow(
      "error decoding patch: invalid character 'a' looking for beginning of value",
    );
  });

  test("refuses what is no YAML", () => {
    expect(() => body("a: *b", "apply").document).toThrow(
      "error decoding YAML: error converting YAML to JSON: yaml: unknown anchor 'b' referenced",
    );
  });

  test.each([
    ["- a", "array"],
    ["text", "string"],
    ["1", "number"],
    ["true", "bool"],
  ])("an apply is no %s", (text, kind) => {
    expect(() => body(text, "apply").document).toThrow(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  });

  test.each(["", "null", "# nothing"])("an apply may be empty: %j", (text) => {
    expect(body(text, "apply").document).toBeNull();
  });

  test("reads an apply in CBOR", () => {
    const format = patchFormatOf("application/apply-patch+cbor");
    const cbor = (hex: string): PatchBody => new PatchBody(Buffer.from(hex, "hex"), format, "Strict");
    expect(cbor("a1616101").document).toEqual({ a: 1 });
    expect(() => cbor("a2616101616102").document).toThrow(
      'error decoding YAML: cbor: found duplicate map key "a" at map element index 1',
    );
    expect(() => cbor("80").document).toThrow(
      "error decoding YAML: cbor: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  });

  test("duplicate keys of an apply are refused, reported or ignored", () => {
    const text = '{"a":1, "a":2}';
    expect(() => body(text, "apply", "Strict").document).toThrow(
      'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key "a" already set in map',
    );
    const warned = body(text, "apply", "Warn");
    expect([warned.document, warned.warnings.length]).toEqual([{ a: 2 }, 1]);
    const ignored = body(text, "apply", "Ignore");
    expect([ignored.document, ignored.warnings]).toEqual([{ a: 2 }, []]);
  });
});
