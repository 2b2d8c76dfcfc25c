import { describe, expect, test } from "bun:test";
import type { Answer } from "#https/answer.ts";
import { documentAnswer, encoded } from "./document.ts";

const text = ({ content }: Answer): string =>
  content instanceof Uint8Array ? Buffer.from(content).toString() : "";

describe("documentAnswer", () => {
  const cases: { name: string; format: { mediaType: string; pretty: boolean }; want: string }[] = [
    {
      name: "JSON in one line",
      format: { mediaType: "application/json", pretty: false },
      want: '{"b":1,"a":[]}\n',
    },
    {
      name: "indented JSON",
      format: { mediaType: "application/json", pretty: true },
      want: '{\n  "b": 1,\n  "a": []\n}\n',
    },
    { name: "YAML", format: { mediaType: "application/yaml", pretty: false }, want: "a: []\nb: 1\n" },
  ];
  test.each(cases)("writes $name", ({ format, want }) => {
    const answer = documentAnswer(201, encoded({ b: 1, a: [] }), format, { "retry-after": "1" });
    expect(text(answer)).toBe(want);
    expect([answer.code, answer.fields]).toEqual([
      201,
      { "content-type": format.mediaType, "retry-after": "1" },
    ]);
  });

  test("ends bytes of the store with a newline as well", () => {
    const format = { mediaType: "application/json", pretty: false };
    expect(text(documentAnswer(200, { bytes: () => Buffer.from("{}") }, format))).toBe("{}\n");
  });
});
