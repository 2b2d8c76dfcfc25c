import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BuiltInSchemas } from "#api/schemas.ts";
import { parseExactJson } from "#apimachinery/exact-json.ts";
import { bytesOf } from "#https/answer.ts";
import { writeJsonList } from "../formats/json-format.ts";
import type { ListHead } from "../formats/wire-format.ts";
import { CborFormat } from "./cbor-format.ts";
import { decodeCbor } from "./decode-cbor.ts";

const format = new CborFormat(new BuiltInSchemas());
const SELF_DESCRIBED = "d9d9f7";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (value: string): string =>
  (0x40 + value.length).toString(16) + Buffer.from(value).toString("hex");
const encode = (value: unknown): string => hex(format.document(json(value))).slice(SELF_DESCRIBED.length);

function listBytes(head: ListHead, objects: readonly object[]): Buffer {
  const items = objects.map(json);
  return bytesOf(format.list({ head, items, pieces: () => writeJsonList(head, items) }));
}

describe("CborFormat", () => {
  test("says that it is CBOR", () => {
    expect(hex(format.document(json(null)))).toBe(`${SELF_DESCRIBED}f6`);
  });

  const cases: { name: string; value: unknown; want: string }[] = [
    { name: "texts as byte strings", value: "hello", want: text("hello") },
    { name: "texts with escapes", value: 'ä"\n', want: "44c3a4220a" },
    { name: "small integers", value: [0, 23, 24, 255], want: "8400171818" + "18ff" },
    {
      name: "larger integers",
      value: [256, 65_536, 2 ** 32, 2 ** 53],
      want: "84190100" + "1a00010000" + "1b0000000100000000" + "1b0020000000000000",
    },
    { name: "negative integers", value: [-1, -24, -25, -256], want: "842037381838ff" },
    { name: "integers that are too large for one", value: 1e300, want: "fb7e37e43c8800759c" },
    {
      name: "the narrowest float",
      value: [1.5, 0.1, 3.4028234663852886e38],
      want: "83f93e00fb3fb999999999999afa7f7fffff",
    },
    { name: "truth values and null", value: [true, false, null], want: "83f5f4f6" },
    { name: "objects, in the order of their keys", value: { b: [], a: {} }, want: "a2416280" + "4161a0" },
  ];
  test.each(cases)("writes $name", ({ value, want }) => {
    expect(encode(value)).toBe(want);
  });

  test("writes the bytes of built-in kinds as what becomes base64", () => {
    const secret = { kind: "Secret", apiVersion: "v1", data: { a: "AAE=" } };
    expect(encode(secret)).toEndWith(`${text("data")}a14161d6420001`);
    expect(
      encode({ ...secret, kind: "SecretList", data: undefined, items: [{ data: { a: "AAE=" } }] }),
    ).toEndWith(`${text("data")}a14161d6420001`);
    expect(encode({ ...secret, apiVersion: "example.com/v1" })).toEndWith(text("AAE="));
  });

  test("writes the floats of built-in kinds as floats", () => {
    const schema = { maximum: 1, maxLength: 1, items: { minimum: 2 }, default: { maximum: 1, raw: "AAE=" } };
    const definition = {
      kind: "CustomResourceDefinition",
      apiVersion: "apiextensions.k8s.io/v1",
      spec: { versions: [{ schema: { openAPIV3Schema: schema } }] },
    };
    const written = encode(definition);
    expect(written).toContain(`${text("maximum")}f93c00${text("maxLength")}01`);
    expect(written).toContain(`${text("minimum")}f94000`);
    expect(written).toEndWith(`${text("maximum")}01${text("raw")}${text("AAE=")}`);
  });

  test.each([0, 1, 23, 24, 300])("writes a list of %d items", (count) => {
    const head = { kind: "WidgetList", apiVersion: "example.com/v1", metadata: { resourceVersion: "1" } };
    const objects = Array.from({ length: count }, (_, index) => ({ a: "x".repeat(index * 30) }));
    expect(decodeCbor(listBytes(head, objects))).toEqual({ ...head, items: objects });
  });

  test("knows the types of what is in a list", () => {
    const head = { kind: "SecretList", apiVersion: "v1", metadata: {} };
    expect(hex(listBytes(head, [{ data: { a: "AAE=" } }]))).toEndWith(`${text("a")}d6420001`);
  });

  test("writes events", () => {
    expect(hex(format.stream.event("ADDED", json({ a: 1 })))).toBe(
      `${SELF_DESCRIBED}a2${text("type")}${text("ADDED")}${text("object")}${SELF_DESCRIBED}a1${text("a")}01`,
    );
  });

  test("what it writes is what is read", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = parseExactJson(JSON.stringify(value).toWellFormed());
        expect(decodeCbor(Buffer.from(format.document(json(plain))))).toEqual(plain);
      }),
    );
  });
});
