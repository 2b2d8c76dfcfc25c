import { describe, expect, test } from "bun:test";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { publishInV2, publishInV3 } from "./publish-schema.ts";

const text: JSONSchemaProps = { type: "string" };
const intOrString: JSONSchemaProps = { "x-kubernetes-int-or-string": true };
const either: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];
const least: readonly JSONSchemaProps[] = [{ minimum: 42 }];
const open: JSONSchemaProps = { "x-kubernetes-preserve-unknown-fields": true };

const inside = (schema: JSONSchemaProps): JSONSchemaProps[] => [
  schema,
  { type: "object", properties: { a: schema } },
  { type: "array", items: schema },
  { type: "object", additionalProperties: schema },
];

describe("publishInV3", () => {
  test.each<readonly [string, JSONSchemaProps, JSONSchemaProps]>([
    ["everything", { ...text, nullable: true, default: "a" }, { ...text, nullable: true, default: "a" }],
    ["no flags that are false", { ...text, nullable: false, uniqueItems: false, title: "" }, text],
    ["defaults that are", { type: "boolean", default: false }, { type: "boolean", default: false }],
    ["what int-or-string means", intOrString, { ...intOrString, anyOf: either }],
    [
      "what it means before other conditions",
      { ...intOrString, anyOf: least, allOf: least },
      { ...intOrString, anyOf: least, allOf: [{ anyOf: either }, ...least] },
    ],
    ["it once", { ...intOrString, anyOf: either }, { ...intOrString, anyOf: either }],
    [
      "it once among all conditions",
      { ...intOrString, allOf: [{ anyOf: either }, ...least] },
      { ...intOrString, allOf: [{ anyOf: either }, ...least] },
    ],
    [
      "nothing of values of maps inside junctors",
      {
        not: { properties: { a: { additionalProperties: text, required: ["b"] } } },
        anyOf: [{ additionalProperties: text }],
      },
      { not: { properties: { a: { required: ["b"] } } }, anyOf: [{}] },
    ],
  ])("says %s", (_name, schema, want) => {
    expect(inside(schema).map((each) => publishInV3(each))).toEqual(inside(want));
  });

  test("says that there are no other properties", () => {
    const closed: JSONSchemaProps = { type: "object", additionalProperties: false };
    expect(publishInV3(closed)).toEqual(closed);
  });
});

describe("publishInV2", () => {
  test.each<readonly [string, JSONSchemaProps, JSONSchemaProps]>([
    ["values", { ...text, pattern: "a", maxLength: 3 }, { ...text, pattern: "a", maxLength: 3 }],
    ["no combinations", { ...text, oneOf: [{ pattern: "a" }], not: {}, allOf: [], anyOf: [] }, text],
    ["of int-or-string only that", { ...intOrString, anyOf: either }, intOrString],
    ["no type of what may be null", { ...text, format: "date", nullable: true }, { format: "date" }],
    [
      "nothing inside of what may be null",
      { type: "object", properties: { a: text }, required: ["a"], nullable: true },
      { required: ["a"] },
    ],
    ["nothing inside of what is open", { ...open, type: "object", properties: { a: text } }, open],
    ["no lists without elements", { ...open, type: "array", items: text }, open],
    ["other types that are open", { ...open, ...text }, { ...open, ...text }],
    [
      "that fields are needed unless they may be null",
      {
        type: "object",
        properties: { a: { ...text, nullable: true }, b: text },
        required: ["a", "b"],
      },
      { type: "object", properties: { a: {}, b: text }, required: ["b"] },
    ],
    [
      "that none is needed when all may be null",
      { type: "object", additionalProperties: { ...text, nullable: true }, required: ["a"] },
      { type: "object", additionalProperties: {} },
    ],
  ])("says %s", (_name, schema, want) => {
    expect(inside(schema).map((each) => publishInV2(each))).toEqual(inside(want));
  });
});
