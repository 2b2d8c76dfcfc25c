import { describe, expect, test } from "bun:test";
import { admits, parseAccept, parseContentType } from "./media-type.ts";

describe("parseContentType", () => {
  test.each([
    { header: "application/json", type: "application/json" },
    { header: " Application/JSON ; Charset=utf-8", type: "application/json" },
    { header: 'application/yaml;a="b;\\"c" ; d=e;', type: "application/yaml" },
    { header: "json", type: "json" },
  ])("reads $header", ({ header, type }) => {
    expect(parseContentType(header)).toBe(type);
  });

  test.each(["", "application/", "a b/c", "application/json; charset", "application/json;=1", "a/b/c"])(
    "sees nothing in %j",
    (header) => {
      expect(parseContentType(header)).toBeUndefined();
    },
  );
});

describe("parseAccept", () => {
  const names = (header: string): string[] =>
    parseAccept(header).map(({ type, subtype }) => `${type}/${subtype}`);

  test.each([
    { header: "", want: [] },
    { header: "*", want: ["*/*"] },
    {
      header: "application/yaml, nonsense, application/json",
      want: ["application/yaml", "application/json"],
    },
    { header: "a/b;q=0.1,c/d;q=0.9,e/f", want: ["e/f", "c/d", "a/b"] },
    { header: "a/b; q=0.5, c/d;q=x, e/f;q=0", want: ["a/b", "c/d", "e/f"] },
    { header: "*/*,application/*,application/json", want: ["application/json", "application/*", "*/*"] },
    // What is specific passes what is not, however much less it is wanted, if it comes later.
    { header: "*/*;q=0.8,application/json;q=0.5", want: ["application/json", "*/*"] },
    { header: "application/json;q=0.5,*/*;q=0.8", want: ["*/*", "application/json"] },
    { header: "Application/JSON", want: ["Application/JSON"] },
  ])("orders $header", ({ header, want }) => {
    expect(names(header)).toEqual([...want]);
  });

  test("reads parameters", () => {
    const [clause] = parseAccept('application/json; as = Table ;v=v1;g;h=;i=a=b;q=0.5;j="k"');
    expect(clause?.parameters).toEqual({ as: "Table", v: "v1", j: '"k"' });
  });
});

test.each([
  { header: "*/*", admitted: true },
  { header: "application/*", admitted: true },
  { header: "application/json", admitted: true },
  { header: "application/yaml", admitted: false },
  { header: "text/*", admitted: false },
  { header: "*/json", admitted: false },
])("$header admits application/json: $admitted", ({ header, admitted }) => {
  expect(parseAccept(header).some((clause) => admits(clause, "application/json"))).toBe(admitted);
});
