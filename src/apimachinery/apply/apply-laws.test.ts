import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aField, aMapOf, aScalar } from "#testing/schema.ts";
import { someStruct, valuesOf } from "#testing/schema-values.ts";
import type { ManagedFieldsEntry } from "../generated/meta-v1.ts";
import { equalJson, isJsonObject, type JsonObject } from "../json-value.ts";
import type { Field, ListSchema, ObjectSchema, Schema } from "../schema.ts";
import { applyPatch } from "./apply-patch.ts";
import { compareTyped } from "./compare.ts";
import { managedFieldsOf, withoutManagedFields } from "./field-manager.ts";
import { difference, type FieldSet, intersection, isSubset, union } from "./field-set.ts";
import { parseFieldsV1 } from "./fields-v1.ts";
import { mergeTyped } from "./merge-typed.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import { toFieldSet } from "./to-field-set.ts";
import { trackUpdate } from "./track-update.ts";
import { validateTyped } from "./validate-typed.ts";

const TIME = "2026-01-01T00:00:00Z";

interface Typed {
  readonly schema: ObjectSchema;
  readonly values: readonly JsonObject[];
}

/** A schema and some values of it. */
function typed(count: number, options: Parameters<typeof valuesOf>[1] = {}): fc.Arbitrary<Typed> {
  return someStruct.chain((schema) =>
    fc
      .array(valuesOf(schema, options) as fc.Arbitrary<JsonObject>, { minLength: count, maxLength: count })
      .map((values) => ({ schema, values })),
  );
}

/** A kind whose spec has the schema. */
function kindOf(spec: ObjectSchema): ObjectSchema {
  const field = (name: string, schema: Schema): [string, Field] => [
    name,
    { ...aField(schema, { presence: "whenSet" }), name },
  ];
  const fields = new Map([
    field("apiVersion", aScalar("string")),
    field("kind", aScalar("string")),
    field("metadata", aMapOf({ type: "any" })),
    field("spec", spec),
  ]);
  return { type: "object", name: "test.v1.Thing", fields, unknownFields: "drop", atomic: false };
}

class Server {
  readonly #schema: ObjectSchema;
  object: JsonObject | undefined;

  constructor(spec: ObjectSchema) {
    this.#schema = kindOf(spec);
  }

  apply(manager: string, spec: JsonObject | undefined, force = true): boolean {
    const applied = { ...THING, ...(spec && { spec }) };
    const request = { live: this.object, applied, manager, force, time: TIME };
    const { object, isChanged } = applyPatch({ type: this.#type, ...request });
    this.object = object;
    return isChanged;
  }

  update(manager: string, spec: JsonObject): void {
    this.object = trackUpdate({
      type: this.#type,
      live: this.object,
      next: { ...THING, spec },
      manager,
      time: TIME,
    });
  }

  get spec(): unknown {
    return this.object?.["spec"] ?? {};
  }

  ownedBy(manager: string): FieldSet {
    const entries = (managedFieldsOf(this.object) ?? []) as readonly ManagedFieldsEntry[];
    const sets = entries
      .filter((entry) => entry.manager === manager)
      .map(({ fieldsV1 }) => parseFieldsV1(fieldsV1));
    const { ".": _, ...fields } = sets.reduce(union, {})["f:spec"] ?? {};
    return fields;
  }

  get #type() {
    return { apiVersion: "test/v1", kind: "Thing", schema: this.#schema, resetFields: [] };
  }
}

/** All that a value says, and the fields that lead there. */
function saidBy(schema: ObjectSchema, value: unknown): FieldSet {
  return withNamedFields(schema, toFieldSet(schema, value));
}

const THING = { apiVersion: "test/v1", kind: "Thing", metadata: { name: "x" } };

/** The value with sets and keyed lists in one order: nobody who applies only a part of them asks for an order. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unordered).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, each]) => [name, unordered(each)]));
}

/** Two configurations that say nothing about the same field, and the whole value together. */
function split(schema: Schema, value: unknown, isLeft: () => boolean): [unknown, unknown] {
  if (schema.type === "object" && !schema.atomic && isJsonObject(value)) {
    const parts = Object.entries(value).map(([name, each]) => {
      const field = schema.fields.get(name)?.schema ?? { type: "any" };
      return [name, split(field, each, isLeft)] as const;
    });
    return [0, 1].map((side) => partOf(parts, side)) as [unknown, unknown];
  }
  if (schema.type === "list" && schema.listType === "set" && Array.isArray(value))
    return splitSet(value, isLeft);
  return isLeft() ? [value, undefined] : [undefined, value];
}

function partOf(parts: readonly (readonly [string, readonly unknown[]])[], side: number): unknown {
  const own = parts
    .filter(([, each]) => each[side] !== undefined)
    .map(([name, each]) => [name, each[side]] as const);
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function splitSet(value: ListSchema["keys"] | readonly unknown[], isLeft: () => boolean): [unknown, unknown] {
  const { left = [], right = [] } = Object.groupBy(value, () => (isLeft() ? "left" : "right"));
  return [left, right].map((part) => (part.length === 0 ? undefined : part)) as [unknown, unknown];
}

describe("apply", () => {
  test("changes nothing the second time", () => {
    fc.assert(
      fc.property(typed(3), ({ schema, values: [live = {}, other = {}, config = {}] }) => {
        const server = new Server(schema);
        server.update("updater", live);
        server.apply("other", other);
        server.apply("me", config);
        const once = server.object;
        expect(server.apply("me", config, false)).toBe(false);
        expect(server.object).toEqual(once as JsonObject);
      }),
    );
  });

  test("of different fields by two managers comes to the same in either order", () => {
    fc.assert(
      fc.property(typed(1), fc.infiniteStream(fc.boolean()), ({ schema, values: [whole = {}] }, sides) => {
        const parts = split(schema, whole, () => sides.next().value === true);
        const [left, right] = parts as [JsonObject | undefined, JsonObject | undefined];
        const [one, two] = [new Server(schema), new Server(schema)];
        one.apply("left", left, false);
        one.apply("right", right, false);
        two.apply("right", right, false);
        two.apply("left", left, false);
        expect(unordered(one.spec)).toEqual(unordered(whole));
        expect(unordered(two.spec)).toEqual(unordered(whole));
        for (const manager of ["left", "right"]) expect(one.ownedBy(manager)).toEqual(two.ownedBy(manager));
      }),
    );
  });

  test("by force takes what it changes from everybody, and nothing else", () => {
    fc.assert(
      fc.property(typed(3), ({ schema, values: [live = {}, before = {}, config = {}] }) => {
        const server = new Server(schema);
        server.update("updater", live);
        server.apply("other", before);
        const [spec, owned] = [server.spec, server.ownedBy("other")];
        server.apply("me", config);
        const { added, modified, removed } = compareTyped(schema, spec, server.spec);
        expect(removed).toEqual({});
        expect(server.ownedBy("me")).toEqual(toFieldSet(schema, config));
        expect(server.ownedBy("other")).toEqual(difference(owned, union(added, modified)));
      }),
    );
  });

  test("without force conflicts where it would take something, and only there", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [before = {}, config = {}] }) => {
        const server = new Server(schema);
        server.apply("other", before);
        const merged = mergeTyped(schema, server.spec, config);
        const { modified } = compareTyped(schema, server.spec, merged);
        const apply = (): boolean => server.apply("me", config, false);
        if (equalJson(modified, {})) expect(apply).not.toThrow();
        else expect(apply).toThrow("Apply failed with");
      }),
    );
  });

  test("of nothing removes what its manager alone has applied", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [mine = {}, other = {}] }) => {
        const server = new Server(schema);
        server.apply("me", mine);
        server.apply("other", other);
        server.apply("me", undefined);
        expect(unordered(server.spec)).toEqual(unordered(other));
        expect(server.ownedBy("me")).toEqual({});
        expect(server.ownedBy("other")).toEqual(toFieldSet(schema, other));
      }),
    );
  });

  test("leaves alone what others have added by updates", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [mine = {}, live = {}] }) => {
        const server = new Server(schema);
        server.update("updater", live);
        server.apply("me", mine);
        const [spec, owned] = [server.spec, server.ownedBy("updater")];
        server.apply("me", undefined);
        const { modified, removed } = compareTyped(schema, spec, server.spec);
        expect(intersection(owned, union(modified, removed))).toEqual({});
        expect(server.ownedBy("updater")).toEqual(owned);
      }),
    );
  });
});

describe("an update", () => {
  test("gives what it changes to its manager, and takes it from all others", () => {
    const odd = fc.constantFrom<unknown>(null, {}, []);
    fc.assert(
      fc.property(
        typed(3, { odd, duplicates: true }),
        ({ schema, values: [first = {}, second = {}, third = {}] }) => {
          const server = new Server(schema);
          server.update("one", first);
          server.update("two", second);
          const [spec, one] = [server.spec, server.ownedBy("one")];
          server.update("two", third);
          const { added, modified, removed } = compareTyped(schema, spec, third);
          const changed = union(added, modified);
          expect(isSubset(changed, server.ownedBy("two"))).toBe(true);
          expect(server.ownedBy("one")).toEqual(difference(difference(one, changed), removed));
        },
      ),
    );
  });
});

describe("values of a schema", () => {
  const odd = fc.constantFrom<unknown>(null, {}, []);

  test("are merged into what has all of them", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [live, config] }) => {
        const merged = mergeTyped(schema, live, config);
        const { added, modified, removed } = compareTyped(schema, live, merged);
        expect(removed).toEqual({});
        expect(isSubset(toFieldSet(schema, config), toFieldSet(schema, merged))).toBe(true);
        expect(isSubset(union(added, modified), saidBy(schema, config))).toBe(true);
        expect(mergeTyped(schema, merged, config)).toBe(merged);
        expect(mergeTyped(schema, live, structuredClone(live))).toBe(live);
      }),
    );
  });

  test("differ in one direction as they do in the other", () => {
    fc.assert(
      fc.property(typed(2, { odd, duplicates: true }), ({ schema, values: [a, b] }) => {
        const [there, back] = [compareTyped(schema, a, b), compareTyped(schema, b, a)];
        expect(there.added).toEqual(back.removed);
        expect(there.removed).toEqual(back.added);
        expect(there.modified).toEqual(back.modified);
        expect(compareTyped(schema, a, structuredClone(a))).toEqual({ added: {}, modified: {}, removed: {} });
      }),
    );
  });

  test("have nothing left without what they say", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [value, other] }) => {
        expect(removeItems(schema, value, saidBy(schema, value))).toBeNull();
        const kept = removeItems(schema, value, saidBy(schema, other));
        expect(isSubset(toFieldSet(schema, kept), toFieldSet(schema, value))).toBe(true);
      }),
    );
  });

  test("can be applied", () => {
    fc.assert(
      fc.property(typed(1), ({ schema, values: [value] }) => {
        expect(validateTyped(schema, value)).toEqual([]);
      }),
    );
  });

  test("are not changed by anything here", () => {
    fc.assert(
      fc.property(typed(2), ({ schema, values: [live = {}, config = {}] }) => {
        const before = JSON.stringify([live, config]);
        const server = new Server(schema);
        server.update("one", live);
        const object = JSON.stringify(server.object);
        const present = server.object as JsonObject;
        server.apply("two", config);
        server.apply("two", undefined);
        expect(JSON.stringify([live, config])).toBe(before);
        expect(JSON.stringify(present)).toBe(object);
        expect(withoutManagedFields(present)["spec"]).toBe(present["spec"]);
      }),
    );
  });
});
