import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import type { JSONSchemaProps } from "../../generated/apiextensions-v1.ts";
import { resolveFieldPath } from "./field-path.ts";
import { validateValidation } from "./version-fields.validation.ts";

const STRING: JSONSchemaProps = { type: "string" };
const bad = (value: string) => value as never;

function errorsOf(schema: JSONSchemaProps, { hasStatus = false } = {}): readonly string[] {
  return errorTexts(validateValidation({ openAPIV3Schema: schema }, "s", hasStatus)).map((text) =>
    text.replace(/^s\.openAPIV3Schema/, ""),
  );
}

/** The errors of a schema in the field `a`. */
function fieldErrors(schema: JSONSchemaProps): readonly string[] {
  return errorsOf({ type: "object", properties: { a: schema } }).map((text) =>
    text.replace(/^\.properties\[a\]/, ""),
  );
}

describe("a root schema", () => {
  test.each<{ name: string; schema: JSONSchemaProps; want: string[] }>([
    { name: "an object", schema: { type: "object", description: "d", required: ["a"] }, want: [] },
    { name: "anything", schema: { "x-kubernetes-preserve-unknown-fields": true }, want: [] },
    { name: "no type", schema: {}, want: [".type: Required value: must not be empty at the root"] },
    {
      name: "a list that may be null",
      schema: { type: "array", nullable: true },
      want: [
        ".nullable: Forbidden: nullable cannot be true at the root",
        ".items: Required value: must be specified",
        '.type: Invalid value: "array": must be object at the root',
      ],
    },
    {
      name: "a map",
      schema: { type: "object", additionalProperties: STRING },
      want: [".additionalProperties: Forbidden: must not be used at the root"],
    },
    {
      name: "common fields of other types",
      schema: {
        type: "object",
        properties: {
          kind: { type: "integer" },
          apiVersion: { type: "string", default: "v1" },
          metadata: {
            type: "object",
            description: "d",
            properties: {
              labels: { type: "object", additionalProperties: { type: "string", default: "x" } },
            },
          },
        },
      },
      want: [
        '.properties[kind].type: Invalid value: "integer": must be string',
        ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
        ".properties[apiVersion].default: Forbidden: must not be set in top-level apiVersion",
        ".properties[metadata].properties[labels].additionalProperties.default: Forbidden: must not be set inside additionalProperties applying to object metadata",
      ],
    },
    {
      name: "names of a certain form",
      schema: {
        type: "object",
        properties: { metadata: { type: "object", properties: { name: { type: "string", maxLength: 5 } } } },
      },
      want: [],
    },
    {
      name: "a schema of another draft",
      schema: { type: "object", $schema: "http://json-schema.org/draft-04/schema#" },
      want: [": Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"],
    },
  ])("judges $name", ({ schema, want }) => {
    expect(errorsOf(schema)).toEqual(want);
  });

  test("keeps its meaning when the status is taken out", () => {
    expect(errorsOf({ type: "object", properties: {} }, { hasStatus: true })).toEqual([]);
    expect(errorsOf({ type: "object", minProperties: 1 }, { hasStatus: true })).toEqual([
      ': Invalid value: {"type":"object","minProperties":1}: only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource is enabled',
    ]);
    expect(errorsOf({ type: "string" }, { hasStatus: true })[0]).toBe(
      '.type: Invalid value: "string": only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
    );
  });
});

describe("a field", () => {
  test.each<{ name: string; schema: JSONSchemaProps; want: string[] }>([
    { name: "a text", schema: { type: "string", enum: ["a"], default: "a" }, want: [] },
    { name: "a map", schema: { type: "object", additionalProperties: STRING }, want: [] },
    {
      name: "nothing",
      schema: {},
      want: [".type: Required value: must not be empty for specified object fields"],
    },
    {
      name: "items of nothing",
      schema: { type: "array", items: {} },
      want: [".items.type: Required value: must not be empty for specified array items"],
    },
    {
      name: "what Kubernetes does not know",
      schema: {
        type: "set",
        id: "x",
        $ref: "#/x",
        additionalItems: true,
        patternProperties: { a: STRING },
        definitions: { b: STRING },
        dependencies: { c: ["d"] },
        items: [STRING],
        uniqueItems: true,
        "x-kubernetes-preserve-unknown-fields": false,
      },
      want: [
        '.type: Unsupported value: "set": supported values: "array", "boolean", "integer", "number", "object", "string"',
        ".id: Forbidden: id is not supported",
        ".additionalItems: Forbidden: additionalItems is not supported",
        ".patternProperties: Forbidden: patternProperties is not supported",
        ".definitions: Forbidden: definitions is not supported",
        ".dependencies: Forbidden: dependencies is not supported",
        ".$ref: Forbidden: $ref is not supported",
        ".items: Forbidden: items must be a schema object and not an array",
        ".uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
        ".x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined",
      ],
    },
    {
      name: "null",
      schema: { type: "null" },
      want: [
        '.type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"',
        ".type: Forbidden: type cannot be set to null, use nullable as an alternative",
      ],
    },
    {
      name: "a structure that is a map too",
      schema: { type: "object", properties: { b: STRING }, additionalProperties: false },
      want: [".additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive"],
    },
    {
      name: "a bad type of map",
      schema: { type: "array", items: STRING, "x-kubernetes-map-type": "set" },
      want: [
        '.type: Invalid value: "array": must be object if x-kubernetes-map-type is specified',
        '.x-kubernetes-map-type: Unsupported value: "set": supported values: "atomic", "granular"',
      ],
    },
  ])("judges $name", ({ schema, want }) => {
    expect(fieldErrors(schema)).toEqual(want);
  });
});

describe("an embedded resource", () => {
  const EMBEDDED = "x-kubernetes-embedded-resource";
  test.each<{ name: string; schema: JSONSchemaProps; want: string[] }>([
    {
      name: "a resource of any kind",
      schema: { type: "object", [EMBEDDED]: true, "x-kubernetes-preserve-unknown-fields": true },
      want: [],
    },
    {
      name: "a resource with metadata",
      schema: {
        type: "object",
        [EMBEDDED]: true,
        properties: { metadata: { type: "object", nullable: true } },
      },
      want: [],
    },
    {
      name: "no object",
      schema: { [EMBEDDED]: true, additionalProperties: true },
      want: [
        ".additionalProperties: Forbidden: must not be used if x-kubernetes-embedded-resource is set",
        ".properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
        ".type: Required value: must be object if x-kubernetes-embedded-resource is true",
      ],
    },
    {
      name: "a resource in metadata",
      schema: {
        type: "object",
        [EMBEDDED]: true,
        properties: { metadata: { type: "object", [EMBEDDED]: true, properties: { a: STRING } } },
      },
      want: [
        ".properties[metadata].x-kubernetes-embedded-resource: Forbidden: must not be used inside of resource meta",
      ],
    },
    {
      name: "a number or a text",
      schema: {
        type: "object",
        [EMBEDDED]: true,
        properties: { a: STRING },
        "x-kubernetes-int-or-string": true,
      },
      want: [
        ".x-kubernetes-embedded-resource: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
      ],
    },
  ])("judges $name", ({ schema, want }) => {
    expect(fieldErrors(schema)).toEqual(want);
  });
});

describe("a list", () => {
  const list = (fields: JSONSchemaProps, items: JSONSchemaProps = STRING): JSONSchemaProps => ({
    type: "array",
    items,
    ...fields,
  });
  const set = { "x-kubernetes-list-type": "set" };
  const map = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"] };
  const ATOMIC = "must be atomic as item of a list with x-kubernetes-list-type=set";

  test.each<{ name: string; schema: JSONSchemaProps; want: string[] }>([
    { name: "a set of texts", schema: list(set), want: [] },
    { name: "a set of lists", schema: list(set, { type: "array", items: STRING }), want: [] },
    {
      name: "a map",
      schema: list(map, { type: "object", properties: { k: STRING }, required: ["k"] }),
      want: [],
    },
    {
      name: "a map with a default key",
      schema: list(map, { type: "object", properties: { k: { type: "string", default: "x" } } }),
      want: [],
    },
    {
      name: "a set of sets",
      schema: list(set, { type: "array", items: STRING, ...set }),
      want: [`.items.x-kubernetes-list-type: Invalid value: "set": ${ATOMIC}`],
    },
    {
      name: "a set of structures that may be null",
      schema: list(set, { type: "object", nullable: true }),
      want: [
        `.items.x-kubernetes-map-type: Invalid value: null: ${ATOMIC}`,
        ".items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set",
      ],
    },
    {
      name: "no list",
      schema: { type: "object", "x-kubernetes-list-type": "bag" },
      want: [
        '.type: Invalid value: "object": must be array if x-kubernetes-list-type is specified',
        '.x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
      ],
    },
    {
      name: "keys of no list",
      schema: list({ "x-kubernetes-list-map-keys": ["k"] }),
      want: [
        ".x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty",
      ],
    },
    {
      name: "keys of a set",
      schema: list({ ...map, ...set }),
      want: [
        '.x-kubernetes-list-type: Invalid value: "set": must be map if x-kubernetes-list-map-keys is non-empty',
      ],
    },
    {
      name: "a map without keys",
      schema: list({ "x-kubernetes-list-type": "map" }),
      want: [
        ".x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
        '.items.type: Invalid value: "string": must be object if parent array\'s x-kubernetes-list-type is map',
      ],
    },
    {
      name: "bad keys",
      schema: list(
        { ...map, "x-kubernetes-list-map-keys": ["k", "k", "x", "n"] },
        {
          type: "object",
          properties: { k: { type: "object" }, n: { type: "string", nullable: true } },
          required: ["n"],
        },
      ),
      want: [
        '.items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        '.items.properties[k].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        '.x-kubernetes-list-map-keys: Invalid value: ["k","k","x","n"]: must not contain duplicate entries',
        '.x-kubernetes-list-map-keys: Invalid value: ["k","k","x","n"]: entries must all be names of item properties',
        ".items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ".items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
        ".items.properties[n].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
      ],
    },
  ])("judges $name", ({ schema, want }) => {
    expect(fieldErrors(schema)).toEqual(want);
  });

  test("judges a map without items", () => {
    expect(fieldErrors({ type: "array", ...map })).toEqual([
      ".items: Required value: must be specified",
      ".items: Required value: must have a schema if x-kubernetes-list-type is map",
    ]);
    expect(fieldErrors({ type: "array", ...map, items: [] })).toEqual([
      ".items: Required value: must be specified",
      ".items: Invalid value: []: must only have a single schema if x-kubernetes-list-type is map",
    ]);
  });
});

describe("restrictions of values", () => {
  const choice: readonly JSONSchemaProps[] = [{ type: "integer" }, { type: "string" }];
  const INT_OR_STRING = { "x-kubernetes-int-or-string": true };

  test.each<{ name: string; schema: JSONSchemaProps; want: string[] }>([
    {
      name: "a pattern and a length",
      schema: { ...STRING, anyOf: [{ pattern: "a" }, { maxLength: 1 }] },
      want: [],
    },
    { name: "a number or a text", schema: { ...INT_OR_STRING, anyOf: choice }, want: [] },
    {
      name: "a number or a text of some form",
      schema: { ...INT_OR_STRING, allOf: [{ anyOf: choice }, { pattern: "a" }] },
      want: [],
    },
    {
      name: "a number or a text in the second place",
      schema: { ...INT_OR_STRING, allOf: [{ pattern: "a" }, { anyOf: choice }] },
      want: [
        ".allOf[1].anyOf[0].type: Forbidden: must be empty to be structural",
        ".allOf[1].anyOf[1].type: Forbidden: must be empty to be structural",
      ],
    },
    {
      name: "all that says what a value is",
      schema: {
        type: "object",
        not: {
          type: "object",
          additionalProperties: true,
          default: {},
          title: "t",
          description: "d",
          nullable: true,
          "x-kubernetes-preserve-unknown-fields": true,
          "x-kubernetes-validations": [{ rule: "true" }],
        },
      },
      want: [
        ".not.additionalProperties: Forbidden: must be undefined to be structural",
        ".not.default: Forbidden: must be undefined to be structural",
        ".not.description: Forbidden: must be empty to be structural",
        ".not.nullable: Forbidden: must be false to be structural",
        ".not.title: Forbidden: must be empty to be structural",
        ".not.type: Forbidden: must be empty to be structural",
        ".not.x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural",
        ".not.x-kubernetes-validations: Forbidden: must be empty to be structural",
      ],
    },
  ])("judges $name", ({ schema, want }) => {
    expect(fieldErrors(schema)).toEqual(want);
  });

  test("are about fields of the structure", () => {
    const schema: JSONSchemaProps = {
      type: "object",
      properties: { b: { type: "array", items: STRING } },
      oneOf: [
        { required: ["b"], properties: { b: { items: { maxLength: 1 } } } },
        { properties: { c: { items: { maxLength: 1 } } } },
      ],
      allOf: [{ properties: { metadata: {} } }],
    };
    expect(errorsOf(schema)).toEqual([
      ".allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
      ".properties[c]: Required value: because it is defined in s.openAPIV3Schema.oneOf[1].properties[c]",
      ".properties[metadata]: Required value: because it is defined in s.openAPIV3Schema.allOf[0].properties[metadata]",
    ]);
  });
});

describe("rules", () => {
  const object: JSONSchemaProps = { type: "object", properties: { b: STRING } };

  test.each<{ rule: NonNullable<JSONSchemaProps["x-kubernetes-validations"]>[number]; want: string[] }>([
    { rule: { rule: "true", message: "m", fieldPath: ".b", reason: "FieldValueInvalid" }, want: [] },
    { rule: { rule: " " }, want: ["rule: Required value: rule is not specified"] },
    {
      rule: { rule: "true", message: " " },
      want: ['message: Invalid value: " ": must be non-empty if specified'],
    },
    {
      rule: { rule: "true", message: "a\nb" },
      want: ['message: Invalid value: "a\\nb": must not contain line breaks'],
    },
    {
      rule: { rule: "a\n&& b" },
      want: ["message: Required value: message must be specified if rule contains line breaks"],
    },
    {
      rule: { rule: "true", messageExpression: " ", reason: bad("Bad"), fieldPath: " " },
      want: [
        "messageExpression: Required value: messageExpression must be non-empty if specified",
        'reason: Unsupported value: "Bad": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"',
        'fieldPath: Invalid value: " ": must be non-empty if specified',
        'fieldPath: Invalid value: " ": must be a valid path',
      ],
    },
    {
      rule: { rule: "true", fieldPath: ".\nb" },
      want: [
        'fieldPath: Invalid value: ".\\nb": must not contain line breaks',
        'fieldPath: Invalid value: ".\\nb": must be a valid path',
      ],
    },
  ])("judges $rule", ({ rule, want }) => {
    expect(fieldErrors({ ...object, "x-kubernetes-validations": [rule] })).toEqual(
      want.map((text) => `.x-kubernetes-validations[0].${text}`),
    );
  });
});

describe("resolveFieldPath", () => {
  const schema: JSONSchemaProps = {
    type: "object",
    properties: {
      "a.b": STRING,
      map: { type: "object", additionalProperties: { type: "object", properties: { c: STRING } } },
      "c\x07": STRING,
      open: { type: "object", additionalProperties: true },
    },
  };

  test.each([
    { text: "['a.b']", want: "a.b" },
    { text: "['c\\a']", want: "c\x07" },
    { text: ".map.x.c", want: "map[x].c" },
    { text: ".map['it\\'s'].c", want: "map[it's].c" },
  ])("follows $text", ({ text, want }) => {
    expect(resolveFieldPath(text, schema)).toEqual({ path: want, schema: STRING });
  });

  test("follows what may have any name to a schema that says nothing", () => {
    expect(resolveFieldPath(".open.x", schema)).toEqual({ path: "open[x]", schema: {} });
  });

  test.each([
    { text: "['\\q']", problem: "invalid string literal: invalid escape char \\q" },
    { text: "[a]", problem: "expected single quoted string but got a" },
    { text: "[", problem: "unexpected end of JSON path" },
    { text: "['a.b'", problem: "unexpected end of JSON path" },
    { text: "['a.b'.", problem: "expected ] but got ." },
    { text: ".open.x.y", problem: "does not refer to a valid field" },
    { text: ".map.x.c.d", problem: "does not refer to a valid field" },
    { text: ".toString", problem: "does not refer to a valid field" },
  ])("refuses $text", ({ text, problem }) => {
    expect(resolveFieldPath(text, schema)).toEqual({ problem });
  });
});
