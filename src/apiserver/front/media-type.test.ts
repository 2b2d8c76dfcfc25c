import { describe, expect, test } from "bun:test";
import { admits, parseAccept, parseMediaType } from "./media-type.ts";

describe("parseMediaType", () => {
  test.each([
    { text: "application/json", name: "application/json", parameters: {} },
    { text: " Application/JSON ; Charset=utf-8", name: "application/json", parameters: { charset: "utf-8" } },
    {
      text: 'application/json;as="Table";v=v1',
      name: "application/json",
      parameters: { as: "Table", v: "v1" },
    },
    { text: "application/json;stream", name: "application/json", parameters: { stream: "" } },
  ])("reads $text", ({ text, name, parameters }) => {
    expect(parseMediaType(text)).toEqual({ name, parameters });
  });

  test.each(["", "json", "application/", "a b/c"])("sees nothing in %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });
});

describe("parseAccept", () => {
  test.each([
    { header: "", names: [] },
    { header: "*", names: ["*/*"] },
    {
      header: "application/yaml, nonsense, application/json",
      names: ["application/yaml", "application/json"],
    },
    { header: "text/html;q=0.1,application/json;q=0.9,a/b", names: ["a/b", "application/json", "text/html"] },
    { header: "*/*,application/*,application/json", names: ["application/json", "application/*", "*/*"] },
  ])("orders $header", ({ header, names }) => {
    expect(parseAccept(header).map(({ name }) => name)).toEqual([...names]);
  });
});

test.each([
  { clause: "*/*", admitted: true },
  { clause: "application/*", admitted: true },
  { clause: "application/json", admitted: true },
  { clause: "application/yaml", admitted: false },
  { clause: "text/*", admitted: false },
])("$clause admits application/json: $admitted", ({ clause, admitted }) => {
  expect(admits({ name: clause, parameters: {} }, "application/json")).toBe(admitted);
});
