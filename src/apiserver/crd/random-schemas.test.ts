/** Laws that hold for every schema and every object. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import type { JsonObject } from "#apimachinery/json-value.ts";
import { resourceSchema } from "./resource-schema.ts";
import { compileDefaults } from "./set-defaults.ts";
import { validateEmbedded } from "./validate-embedded.ts";
import { validateLists } from "./validate-lists.ts";
import { validateValue } from "./validate-value.ts";

const meta = new BuiltInSchemas().ofType("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
const gvk = { group: "example.com", version: "v1", kind: "Widget" };
const codec = new Codec();

const names = fc.constantFrom("a", "b", "spec", "constructor", "__proto__");
const { schema: schemas } = fc.letrec<{ schema: JSONSchemaProps }>((tie) => {
  const inner = tie("schema");
  const flags = { nullable: fc.boolean() };
  return {
    schema: fc.oneof(
      { maxDepth: 3 },
      fc.record({ type: fc.constantFrom("string", "integer", "boolean", "number"), ...flags }),
      fc.record({ type: fc.constant("string"), default: fc.string() }),
      fc.record({ type: fc.constant("object"), properties: fc.dictionary(names, inner), ...flags }),
      fc.record({ type: fc.constant("object"), additionalProperties: inner, ...flags }),
      fc.record({
        type: fc.constant("array"),
        items: inner,
        "x-kubernetes-list-type": fc.constantFrom("atomic", "set"),
      }),
      fc.record({ type: fc.constant("object"), "x-kubernetes-preserve-unknown-fields": fc.constant(true) }),
      fc.record({
        type: fc.constant("object"),
        "x-kubernetes-embedded-resource": fc.constant(true),
        "x-kubernetes-preserve-unknown-fields": fc.constant(true),
      }),
      fc.constant({ "x-kubernetes-int-or-string": true }),
    ),
  };
});
const cases = fc.tuple(schemas, fc.jsonValue({ maxDepth: 4 }));

function prune(spec: JSONSchemaProps, value: unknown): JsonObject {
  const schema = resourceSchema({ type: "object", properties: { spec } }, meta, "Widget");
  return codec.decode(schema, { spec: value }, { gvk, fieldValidation: "Ignore" }).object;
}

describe("any custom resource", () => {
  test("is pruned once and for all", () => {
    fc.assert(
      fc.property(cases, ([schema, value]) => {
        const once = prune(schema, value);
        expect(prune(schema, once["spec"])).toEqual(once);
      }),
    );
  });

  test("is completed once and for all", () => {
    fc.assert(
      fc.property(cases, ([spec, value]) => {
        const setDefaults = compileDefaults({ type: "object", properties: { spec } });
        const once = setDefaults<unknown>({ spec: value });
        expect(setDefaults(once)).toEqual(once);
      }),
    );
  });

  test("is judged without a crash, and passes as its own successor", () => {
    fc.assert(
      fc.property(cases, ([schema, value]) => {
        validateLists(schema, value);
        validateEmbedded(schema, value);
        validateValue(schema, { path: "spec", value, previous: undefined });
        expect(validateValue(schema, { path: "spec", value, previous: value })).toEqual([]);
      }),
    );
  });
});
