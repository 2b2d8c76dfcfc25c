import { describe, expect, test } from "bun:test";
import { WireReader } from "../protobuf/wire-reader.ts";
import { writeV2Protobuf } from "./v2-protobuf.ts";

/** The fields of a message, all of which are texts or messages. */
function fieldsOf(bytes: Buffer): readonly (readonly [field: number, bytes: Buffer])[] {
  const reader = new WireReader(bytes);
  const fields: (readonly [number, Buffer])[] = [];
  while (!reader.isAtEnd) fields.push([reader.readTag().field, reader.readBytes()]);
  return fields;
}

/** The first value at the end of a chain of field numbers. */
function at(bytes: Buffer, ...path: readonly number[]): Buffer {
  return path.reduce((message, wanted) => {
    const found = fieldsOf(message).find(([field]) => field === wanted);
    if (found === undefined) throw new RangeError(`No field ${String(wanted)}`);
    return found[1];
  }, bytes);
}

const text = (bytes: Buffer, ...path: readonly number[]): string => at(bytes, ...path).toString();

function encode(schema: Readonly<Record<string, unknown>>): Buffer {
  const document = {
    swagger: "2.0",
    info: { title: "t", version: "v" },
    paths: [],
    definitions: [{ Thing: schema }],
  };
  return Buffer.concat([...writeV2Protobuf(document)]);
}

/** The schema of the only definition. */
const schema = (keywords: Readonly<Record<string, unknown>>): Buffer => at(encode(keywords), 9, 1, 2);

describe("encodeV2Document", () => {
  test("has a head and named definitions", () => {
    const bytes = encode({});
    expect([text(bytes, 1), text(bytes, 2, 1), text(bytes, 2, 2), text(bytes, 9, 1, 1)]).toEqual([
      "2.0",
      "t",
      "v",
      "Thing",
    ]);
  });

  const cases: { keywords: Record<string, unknown>; path: number[]; value: string }[] = [
    { keywords: { $ref: "#/definitions/Other" }, path: [1], value: "#/definitions/Other" },
    { keywords: { format: "int32" }, path: [2], value: "int32" },
    { keywords: { description: "d" }, path: [4], value: "d" },
    { keywords: { required: ["a"] }, path: [19], value: "a" },
    { keywords: { enum: ["TCP"] }, path: [20, 2], value: '"TCP"' },
    { keywords: { type: "string" }, path: [22, 1], value: "string" },
    { keywords: { additionalProperties: { format: "byte" } }, path: [21, 1, 2], value: "byte" },
    { keywords: { items: { format: "byte" } }, path: [23, 1, 2], value: "byte" },
    { keywords: { title: "t" }, path: [3], value: "t" },
    { keywords: { pattern: "^a$" }, path: [13], value: "^a$" },
    { keywords: { externalDocs: { url: "u" } }, path: [29, 2], value: "u" },
    { keywords: { example: "e" }, path: [30, 2], value: '"e"' },
    { keywords: { properties: { size: {} } }, path: [25, 1, 1], value: "size" },
    { keywords: { properties: { size: { format: "int32" } } }, path: [25, 1, 2, 2], value: "int32" },
    { keywords: { "x-list": ["a"] }, path: [31, 1], value: "x-list" },
    { keywords: { "x-list": ["a"] }, path: [31, 2, 2], value: '["a"]' },
  ];
  test.each(cases)("writes $keywords", ({ keywords, path, value }) => {
    expect(text(schema(keywords), ...path)).toBe(value);
  });

  test.each<{ keywords: Record<string, unknown>; want: string }>([
    { keywords: { maximum: 1.5 }, want: "39000000000000f83f" },
    { keywords: { multipleOf: 2 }, want: "310000000000000040" },
    { keywords: { exclusiveMinimum: true }, want: "5001" },
    { keywords: { maxLength: 300 }, want: "58ac02" },
    { keywords: { minItems: 0 }, want: "7800" },
    { keywords: { additionalProperties: true }, want: "aa01021001" },
    { keywords: { additionalProperties: false }, want: "aa01021000" },
  ])("writes $keywords as $want", ({ keywords, want }) => {
    expect(schema(keywords).toString("hex")).toBe(want);
  });
});
