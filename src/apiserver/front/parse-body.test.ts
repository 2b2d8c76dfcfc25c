import { describe, expect, test } from "bun:test";
import { BuiltInSchemas } from "#api/schemas.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { ObjectBody } from "./object-body.ts";
import { type BodyFormat, BodyParser, bodyMediaType } from "./parse-body.ts";

const parser = new BodyParser(new BuiltInSchemas());
const gvk = { group: "", version: "v1", kind: "ConfigMap" };

function parse(text: string, changes: Partial<BodyFormat> = {}) {
  const format: BodyFormat = { mediaType: "application/json", gvk, ...changes };
  return parser.parse(Buffer.from(text, "latin1"), format);
}

describe("BodyParser", () => {
  test("keeps the text of JSON, in which duplicates show", () => {
    expect(parse('{"a":1,"a":2}')).toEqual({ object: { a: 2 }, text: '{"a":1,"a":2}', problems: [] });
  });

  test("turns YAML into JSON and tells of duplicate keys", () => {
    expect(parse("b: 0\na: 1\na: 2\nb: 3", { mediaType: "application/yaml" })).toEqual({
      object: { b: 3, a: 2 },
      text: '{"a":2,"b":3}',
      problems: [
        'yaml: unmarshal errors:\n  line 3: key "a" already set in map\n  line 4: key "b" already set in map',
      ],
    });
  });

  test("reads CBOR, of which there is no text", () => {
    expect(parse("\xd9\xd9\xf7\xa1Aa\x01", { mediaType: "application/cbor" })).toEqual({
      object: { a: 1 },
      problems: [],
    });
  });

  const errors: { name: string; text: string; format?: Partial<BodyFormat>; message: string }[] = [
    {
      name: "broken JSON",
      text: '{"kind":"ConfigMap",}',
      message:
        'the object provided is unrecognized (must be of type ConfigMap): couldn\'t get version/kind; json parse error: invalid character \'}\' looking for beginning of object key string ({"kind":"ConfigMap",})',
    },
    {
      name: "no JSON at all",
      text: "hello",
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)",
    },
    {
      name: "an empty body",
      text: "",
      message:
        "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    },
    {
      name: "broken YAML",
      text: "a: [1",
      format: { mediaType: "application/yaml" },
      message:
        "the object provided is unrecognized (must be of type ConfigMap): error converting YAML to JSON: yaml: line 1: Flow sequence in block collection must be sufficiently indented and end with a ] (613a205b31)",
    },
    {
      name: "protobuf without its prefix",
      text: "{}",
      format: { mediaType: "application/vnd.kubernetes.protobuf" },
      message:
        "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})",
    },
    {
      name: "protobuf of another kind than it says",
      text: "k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x02\x08\x01",
      format: { mediaType: "application/vnd.kubernetes.protobuf" },
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: proto: wrong wireType = 0 for field Metadata',
    },
    {
      name: "half a CBOR document",
      text: "\xa1",
      format: { mediaType: "application/cbor" },
      message:
        "the object provided is unrecognized (must be of type ConfigMap): unable to determine group/version/kind: unexpected EOF (a1)",
    },
  ];
  test.each(errors)("refuses $name", ({ text, format, message }) => {
    expect(() => parse(text, format)).toThrow(new Error(message));
  });
});

test("an object is parsed once, and not before somebody asks for it", () => {
  let parsed = 0;
  const body = new ObjectBody(() => {
    parsed += 1;
    return { object: {}, text: "{}", problems: ["careful"] };
  });
  expect(parsed).toBe(0);
  expect([body.object, body.text, body.problems, parsed]).toEqual([{}, "{}", ["careful"], 1]);
});

describe("bodyMediaType", () => {
  test.each([
    { header: undefined, want: "application/json" },
    { header: "", want: "application/json" },
    { header: "application/json; charset=utf-8", want: "application/json" },
    { header: "Application/YAML", want: "application/yaml" },
    { header: "application/vnd.kubernetes.protobuf", want: "application/vnd.kubernetes.protobuf" },
    { header: "application/cbor", want: "application/cbor" },
  ])("of $header", ({ header, want }) => {
    expect(bodyMediaType(header)).toBe(want);
  });

  test.each(["text/plain", "json", "application/xml", "application/json; charset"])(
    "refuses %s",
    (header) => {
      const error = thrownBy(() => bodyMediaType(header));
      expect(error.status.code).toBe(415);
      expect(error.message).toBe(
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
      );
    },
  );
});

function thrownBy(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new TypeError("Nothing was thrown");
}
