import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Codec } from "#apimachinery/codec/codec.ts";
import { deepFreeze } from "#apimachinery/deep-freeze.ts";
import { formatApiVersion, type KubeObject } from "#apimachinery/meta.ts";
import { isScalarSchema, type ObjectSchema, type ScalarType, type Schema } from "#apimachinery/schema.ts";
import { kindFixtures } from "#testing/kind-fixtures.ts";
import { errorTexts, someWrite } from "#testing/kinds.ts";
import type { Kind } from "./kind.ts";
import { kinds as alwaysServed, switchedKinds } from "./kinds.ts";
import { apiGroups } from "./resource.ts";
import { BuiltInSchemas } from "./schemas.ts";

const NOW = Date.parse(someWrite.now);

const kinds = [...alwaysServed, ...switchedKinds.map(({ kind }) => kind)];
const named = kinds.map((kind) => [nameOf(kind), kind] as const);

function nameOf({ resource: { group, version, kind } }: Pick<Kind, "resource">): string {
  return `${formatApiVersion({ group, version })}/${kind}`;
}

test("every resource of Kubernetes has its kind, once", () => {
  const resources = apiGroups.flatMap(({ versions }) => versions.flatMap((version) => version.resources));
  const declared = new Set(kinds.map(({ resource }) => resource));
  expect(resources.filter((resource) => !declared.has(resource))).toEqual([]);
  expect(new Set(named.map(([name]) => name)).size).toBe(kinds.length);
});

describe.each(named)("%s", (_, kind) => {
  test("has columns of different names", () => {
    const names = (kind.columns ?? []).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(named)("the fixtures of %s", (name, kind) => {
  const fixture = kindFixtures[name];
  const complete = (object: KubeObject) => kind.setDefaults?.(object) ?? object;

  test("are valid, and invalid where there are rules", () => {
    expect(fixture).toBeDefined();
    if (fixture === undefined) return;
    expect(errorTexts(kind.validate?.(complete(fixture.valid)))).toEqual([]);
    expect(fixture.invalid !== undefined).toBe(kind.validate !== undefined);
    if (fixture.invalid === undefined) return;
    expect(kind.validate?.(complete(fixture.invalid))).not.toEqual([]);
  });

  test("can stay as they are", () => {
    if (fixture === undefined) return;
    const object = complete(fixture.valid);
    expect(complete(object)).toBe(object);
    expect(errorTexts(kind.validateUpdate?.(object, object))).toEqual([]);
  });

  test("can have the empty status of new objects", () => {
    if (fixture === undefined) return;
    const object = deepFreeze(complete({ ...fixture.valid, status: {} } as KubeObject));
    exercise(kind, object, object);
    const { toStorage, fromStorage } = kind.storage ?? {};
    if (toStorage !== undefined) fromStorage?.({ ...toStorage(object), status: {} } as KubeObject);
  });
});

describe("with arbitrary objects", () => {
  const schemas = new BuiltInSchemas();
  const codec = new Codec();

  test.each(named)("%s never fails, changes no argument and defaults once", (_, kind) => {
    const schema = schemas.ofResource(kind.resource);
    const objects = objectsOf(schema, 5).map((value) => decode(kind, schema, value));
    fc.assert(
      fc.property(objects, objects, (next, previous) => {
        const complete = kind.setDefaults?.(next) ?? next;
        expect(kind.setDefaults?.(complete) ?? complete).toEqual(complete);
        exercise(kind, deepFreeze(complete), deepFreeze(kind.setDefaults?.(previous) ?? previous));
      }),
      { numRuns: 30 },
    );
  });

  function decode(kind: Kind, schema: ObjectSchema, value: object): KubeObject {
    const { object } = codec.decode(schema, value, { gvk: kind.resource, fieldValidation: "Ignore" });
    const metadata = { name: "a", uid: "u", ...(object["metadata"] as object | undefined) };
    return deepFreeze({ ...object, metadata } as KubeObject);
  }
});

/** Creates and updates an object, and reads it. Whoever changes an argument meets a frozen one. */
function exercise(kind: Kind, next: KubeObject, previous: KubeObject): void {
  const created = kind.prepareForCreate?.(next, someWrite) ?? next;
  kind.validate?.(created);
  kind.warnings?.(created, undefined);
  exerciseUpdates(kind, next, previous);
  kind.gracePeriodSeconds?.(previous, undefined);
  for (const { value } of kind.columns ?? []) JSON.stringify(value(created, NOW) ?? null);
  for (const valueOf of Object.values(kind.selectableFields ?? {})) expect(valueOf(created)).toBeString();
}

function exerciseUpdates(kind: Kind, next: KubeObject, previous: KubeObject): void {
  const updated = kind.prepareForUpdate?.(next, previous, someWrite) ?? next;
  const reported = kind.prepareForStatusUpdate?.(next, previous, someWrite) ?? next;
  kind.validateUpdate?.(updated, previous);
  kind.validateStatusUpdate?.(reported, previous);
  for (const subresource of Object.values(kind.updateSubresources ?? {})) {
    subresource.validateUpdate(subresource.prepareForUpdate(next, previous, someWrite), previous);
  }
  kind.warnings?.(updated, previous);
  kind.isNewGeneration?.(updated, previous);
}

const ODD_TEXTS = ["", "a", "A b", "a.b/c", "constructor", "10.0.0.1", "fd00::/64", "Always", "Localhost"];

const SCALARS: Readonly<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  string: fc.constantFrom(...ODD_TEXTS),
  boolean: fc.boolean(),
  int32: fc.constantFrom(-1, 0, 1, 80, 65_536),
  int64: fc.constantFrom(-1, 0, 1, 3600),
  number: fc.constantFrom(0, 0.5),
  bytes: fc.constantFrom("", "e30=", "eA=="),
  time: fc.constantFrom(null, "2026-01-31T09:00:00Z"),
  microTime: fc.constantFrom(null, "2026-01-31T09:00:00.000001Z"),
  duration: fc.constantFrom("0s", "1m30s"),
  quantity: fc.constantFrom("0", "1", "500m", "1Gi", "1n", "-1"),
  intOrString: fc.constantFrom(0, 80, "http", "25%"),
};

/** Values of a schema, with nothing in objects and lists below a depth. */
function valuesOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  if (isScalarSchema(schema)) {
    return schema.enum === undefined ? SCALARS[schema.type] : fc.constantFrom("", "Odd", ...schema.enum);
  }
  switch (schema.type) {
    case "object":
      return objectsOf(schema, depth);
    case "map":
      return depth === 0
        ? fc.constant({})
        : fc.dictionary(fc.constantFrom("cpu", "constructor", "a/b"), valuesOf(schema.values, depth - 1), {
            maxKeys: 2,
          });
    case "list":
      return depth === 0 ? fc.constant([]) : fc.array(valuesOf(schema.items, depth - 1), { maxLength: 2 });
    case "any":
      return fc.constantFrom<unknown>("x", 1, { a: 1 });
    case "alternatives":
      return fc.constant({});
  }
}

function objectsOf(schema: ObjectSchema, depth: number): fc.Arbitrary<object> {
  if (depth === 0) return fc.constant({});
  const fields = [...schema.fields].filter(([name]) => name !== "apiVersion" && name !== "kind");
  const arbitraries = fields.map(([name, field]) => [name, valuesOf(field.schema, depth - 1)] as const);
  return fc.record(Object.fromEntries(arbitraries), { requiredKeys: [] });
}
