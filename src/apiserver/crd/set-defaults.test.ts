import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { compileDefaults } from "./set-defaults.ts";

const schema: JSONSchemaProps = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      default: {},
      properties: {
        size: { type: "integer", default: 3 },
        note: { type: "string", nullable: true },
        tags: {
          type: "array",
          items: { type: "object", properties: { on: { type: "boolean", default: true } } },
        },
        zones: { type: "object", additionalProperties: { type: "string", default: "eu" } },
      },
    },
  },
};
const setDefaults = compileDefaults(schema);

describe("compileDefaults", () => {
  test.each<[string, object, object]>([
    ["what is absent, and inside of it", {}, { spec: { size: 3 } }],
    ["what is null and may not be", { spec: { size: null } }, { spec: { size: 3 } }],
    ["nothing where null may be", { spec: { size: 1, note: null } }, { spec: { size: 1, note: null } }],
    [
      "the elements of lists",
      { spec: { size: 1, tags: [{}, { on: false }] } },
      { spec: { size: 1, tags: [{ on: true }, { on: false }] } },
    ],
    [
      "the values of maps",
      { spec: { size: 1, zones: { a: null } } },
      { spec: { size: 1, zones: { a: "eu" } } },
    ],
  ])("fills %s", (_name, object, want) => {
    expect(setDefaults(object)).toEqual(want);
  });

  test("drops a null that has no default", () => {
    const properties: JSONSchemaProps["properties"] = {
      spec: { type: "object", properties: { a: { type: "string" } } },
    };
    const object: unknown = { spec: { a: null } };
    expect(compileDefaults({ type: "object", properties })(object)).toEqual({ spec: {} });
  });

  test("gives objects inside no metadata that they cannot have", () => {
    const metadata: JSONSchemaProps = {
      type: "object",
      default: { name: "x", unknown: 1 },
      properties: { other: { type: "string", default: "y" }, namespace: { type: "string", default: "z" } },
    };
    const template: JSONSchemaProps = {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: { metadata },
    };
    const known = ["name", "namespace"];
    const pruneMeta = (value: unknown) =>
      Object.fromEntries(Object.entries(value as object).filter(([name]) => known.includes(name)));
    const defaults = compileDefaults({ type: "object", properties: { template } }, { pruneMeta });
    expect(defaults({ template: {} })).toEqual({ template: { metadata: { name: "x", namespace: "z" } } });
  });

  test("keeps nulls for validation to refuse when it is told to, unless there is a default", () => {
    const keep = compileDefaults(schema, { keepNulls: true });
    const nulls: object = { spec: { size: null, tags: null, zones: { a: null } } };
    expect(keep(nulls)).toEqual({ spec: { size: 3, tags: null, zones: { a: "eu" } } });
    expect(setDefaults(nulls)).toEqual({ spec: { size: 3, zones: { a: "eu" } } });
  });

  test("gives back the very object that is complete", () => {
    const object = { spec: { size: 1, tags: [{ on: true }] } };
    expect(setDefaults(object)).toBe(object);
  });

  test("changes nothing the second time", () => {
    const specs = fc.record(
      {
        size: fc.option(fc.nat()),
        note: fc.option(fc.string()),
        tags: fc.array(fc.record({ on: fc.option(fc.boolean()) })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.record({ spec: fc.option(specs) }, { requiredKeys: [] }), (object) => {
        const once = setDefaults(object);
        expect(setDefaults(once)).toBe(once);
      }),
    );
  });
});
