import { describe, expect, test } from "bun:test";
import { PatchBody, patchTypeOf } from "./patch-body.ts";

const body = (
  text: string,
  ...rest: [ConstructorParameters<typeof PatchBody>[1], ("Ignore" | "Warn" | "Strict")?]
) => new PatchBody(Buffer.from(text), rest[0], rest[1]);

describe("patchTypeOf", () => {
  test.each([
    { header: "application/json-patch+json", want: "json" },
    { header: "application/merge-patch+json; charset=utf-8", want: "merge" },
    { header: "application/strategic-merge-patch+json", want: "strategic" },
    { header: "application/apply-patch+yaml", want: "apply" },
  ] as const)("of $header", ({ header, want }) => {
    expect(patchTypeOf(header)).toBe(want);
  });

  test.each([undefined, "application/json"])("refuses %s", (header) => {
    expect(() => patchTypeOf(header)).toThrow(
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
    expect(() => body("a: 1", "json").document).toThrow("invalid JSON patch");
  });

  test("refuses what is no YAML", () => {
    expect(() => body("a: *b", "apply").document).toThrow(
      "error encoding patch: error converting YAML to JSON: yaml: Unresolved alias (the anchor must be set before the alias): b",
    );
  });

  test("duplicate keys of an apply are refused, reported or ignored", () => {
    const text = '{"a":1, "a":2}';
    expect(() => body(text, "apply", "Strict").document).toThrow(
      'error strict decoding patch: error converting YAML to JSON: yaml: unmarshal errors:\n  line 1: key "a" already set in map',
    );
    const warned = body(text, "apply", "Warn");
    expect([warned.document, warned.warnings.length]).toEqual([{ a: 2 }, 1]);
    const ignored = body(text, "apply", "Ignore");
    expect([ignored.document, ignored.warnings]).toEqual([{ a: 2 }, []]);
  });
});
