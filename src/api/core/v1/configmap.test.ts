import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aConfigMap } from "#testing/objects.ts";
import { configMap } from "./configmap.ts";

const KEY =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

describe("configMap.validate", () => {
  test("any keys and values up to 1 MiB are fine", () => {
    const object = aConfigMap("web", { data: { "a.conf": "x".repeat(1024 * 1024) } });
    expect(configMap.validate?.(object)).toEqual([]);
  });

  test("any key may be that of one kind of data", () => {
    const object = aConfigMap("web", { data: { constructor: "" }, binaryData: { toString: "AA==" } });
    expect(configMap.validate?.(object)).toEqual([]);
  });

  test.each([
    { data: { "a/b": "" }, want: [`data[a/b]: Invalid value: "a/b": ${KEY}`] },
    {
      data: { a: "" },
      binaryData: { a: "" },
      want: ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    },
    {
      data: { a: "ä".repeat(512 * 1024 - 1) },
      binaryData: { b: "AAAA" },
      want: ["[]: Too long: may not be more than 1048576 bytes"],
    },
  ])("refuses $want", ({ want, ...data }) => {
    expect(errorTexts(configMap.validate?.(aConfigMap("web", data)))).toEqual(want);
  });
});

test("what is immutable stays so", () => {
  const frozen = aConfigMap("web", { data: { a: "1" }, immutable: true });
  expect(configMap.validateUpdate?.(frozen, frozen)).toEqual([]);
  const changed = aConfigMap("web", { data: { a: "2" }, binaryData: { b: "AA==" } });
  expect(errorTexts(configMap.validateUpdate?.(changed, frozen))).toEqual([
    "immutable: Forbidden: field is immutable when `immutable` is set",
    "data: Forbidden: field is immutable when `immutable` is set",
    "binaryData: Forbidden: field is immutable when `immutable` is set",
  ]);
  expect(configMap.validateUpdate?.(frozen, changed)).toEqual([]);
});

test("the table counts the keys", () => {
  const object = aConfigMap("web", { data: { a: "", b: "" }, binaryData: { c: "" } });
  expect(rowOf(configMap, object)).toEqual({ Name: "web", Data: 3, Age: "<unknown>" });
});
