/** Laws that hold for every schema and every object. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isSchema } from "#api/apiextensions/v1/schema-tree.ts";
import type { JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import { Codec } from "#apimachinery/codec/codec.ts";
import { isJsonObject, type JsonObject } from "#apimachinery/json-value.ts";
import { ownValue } from "#base/own-value.ts";
import { isUnchanged } from "./correlate.ts";
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
        "x-kubernetes-preserve-unknown-fields": fc.constant(true),
        properties: fc.dictionary(names, inner),
      }),
      fc.record({
        type: fc.constant("object"),
        properties: fc.dictionary(names, inner),
        additionalProperties: fc.constant(true),
      }),
      fc.record({
        type: fc.constant("object"),
        "x-kubernetes-embedded-resource": fc.constant(true),
        "x-kubernetes-preserve-unknown-fields": fc.constant(true),
      }),
      fc.constant({ "x-kubernetes-int-or-string": true }),
    ),
  };
});
const anything = fc.jsonValue({ maxDepth: 3 });

/** Values of the types that a schema wants, with fields that it knows and fields that it does not. */
function valuesFor(schema: JSONSchemaProps): fc.Arbitrary<unknown> {
  const { type, properties = {}, additionalProperties, items } = schema;
  if (schema["x-kubernetes-int-or-string"] === true) return fc.constantFrom("x", 1);
  if (type === "array") return fc.array(isSchema(items) ? valuesFor(items) : anything, { maxLength: 3 });
  if (type === "string") return fc.string();
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") return fc.nat();
  const fields = ["a", "b", "spec", "constructor", "__proto__", "kind"].map((name) => {
    const field = ownValue(properties, name) ?? additionalProperties;
    const value = isSchema(field) ? valuesFor(field) : anything;
    return fc.option(value, { nil: undefined }).map((each) => [name, each] as const);
  });
  return fc
    .tuple(...fields)
    .map((entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

const fittingCases = schemas.chain((schema) => fc.tuple(fc.constant(schema), valuesFor(schema)));
const cases = fc.tuple(schemas, anything);

function prune(spec: JSONSchemaProps, value: unknown): JsonObject {
  const schema = resourceSchema({ type: "object", properties: { spec } }, meta, "Widget");
  return codec.decode(schema, { spec: value }, { gvk, fieldValidation: "Ignore" }).object;
}

/** What upstream's pkg/apiserver/schema/pruning leaves of a value, written down as it is there. */
function expectedOf(value: unknown, schema: JSONSchemaProps | undefined): unknown {
  const { properties = {}, additionalProperties, items } = schema ?? {};
  const isOpen = schema?.["x-kubernetes-preserve-unknown-fields"] === true;
  if (Array.isArray(value)) {
    const sub = isSchema(items) ? items : undefined;
    return isOpen && sub === undefined ? value : value.map((each: unknown) => expectedOf(each, sub));
  }
  if (!isJsonObject(value)) return value;
  const isEmbedded = schema?.["x-kubernetes-embedded-resource"] === true;
  const fields = Object.entries(value).flatMap(([name, each]): (readonly [string, unknown])[] => {
    if (isEmbedded && ["apiVersion", "kind", "metadata"].includes(name)) return [[name, each]];
    const property = ownValue(properties, name);
    if (property !== undefined) return [[name, expectedOf(each, property)]];
    if (additionalProperties === undefined) return isOpen ? [[name, each]] : [];
    return [[name, expectedOf(each, isSchema(additionalProperties) ? additionalProperties : undefined)]];
  });
  return Object.fromEntries(fields);
}

describe("any custom resource", () => {
  test("is pruned as upstream does it", () => {
    fc.assert(
      fc.property(fittingCases, ([schema, value]) => {
        expect(prune(schema, value)["spec"]).toEqual(expectedOf(value, schema));
      }),
    );
  });

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
        // What its schema does not know counts as changed, and nothing is compared with a null.
        if (value === null || !isUnchanged(value, { schema, value })) return;
        expect(validateValue(schema, { path: "spec", value, previous: value })).toEqual([]);
      }),
    );
  });
});
