import { describe, expect, test } from "bun:test";
import type { Field, Schema } from "#apimachinery/schema.ts";
import { replay, transcripts } from "#testing/apply-transcript.ts";
import { aField, aListOf, aScalar, aStruct } from "#testing/schema.ts";

const text = aScalar("string");
const number = aScalar("number");

function optional(schema: Schema): Omit<Field, "name"> {
  return aField(schema, { presence: "whenSet" });
}

const pair = aStruct("Pair", { numeric: number, string: text });
const granular = aStruct("Granular", { struct: optional(pair) });
const atomic = aStruct("Atomic", { struct: optional({ ...pair, atomic: true }) });

function keyed(keys: readonly string[], id: Schema | Omit<Field, "name">) {
  const element = aStruct("Element", { name: text, id, value: number });
  return aStruct("Keyed", { list: aListOf(element, { listType: "map", keys }) });
}

const entry = aStruct("Entry", { name: text, value: number });
const overrides = aStruct("Overrides", {
  associativeListReference: aListOf(entry),
  separableInlineList: aListOf(number, { listType: "set" }),
  separableMapReference: optional(entry),
  atomicMapReference: optional({ ...entry, atomic: true }),
});

describe("a struct that becomes atomic", () => {
  const cases = transcripts(`
    # to atomic owner with no child fields
    apply one {struct: {numeric: 1}}
    force two {struct: {numeric: 2}}
    schema atomic
    apply three {struct: {string: string}}
    conflicts two .struct
    force two {struct: {string: string}}
    live {struct: {string: string}}
    owns two .struct

    # to atomic
    apply one {struct: {numeric: 1}}
    schema atomic
    apply two {struct: {string: string}}
    conflicts one .struct
    force two {struct: {string: string}}
    live {struct: {string: string}}
    owns two .struct
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: { v1: granular, atomic } })).toEqual(lines);
  });
});

describe("a struct that is no longer atomic", () => {
  const cases = transcripts(`
    # to granular
    apply one {struct: {numeric: 1, string: a}}
    apply two {struct: {string: b}}
    conflicts one .struct
    schema granular
    apply two {struct: {string: b}}
    live {struct: {numeric: 1, string: b}}
    owns one .struct
    owns two .struct.string
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: { v1: atomic, granular } })).toEqual(lines);
  });
});

describe("a new key with a default", () => {
  const cases = transcripts(`
    # new required key with default
    apply one {list: [{name: a, value: 1}, {name: b, value: 1}, {name: c, value: 1}]}
    schema next
    apply one {list: [{name: a, value: 2}, {name: b, id: 1, value: 2}, {name: c, value: 1}, {name: c, id: 2, value: 2}, {name: c, id: 3, value: 3}]}
    live {list: [{name: a, value: 2}, {name: b, value: 2, id: 1}, {name: c, value: 1}, {name: c, id: 2, value: 2}, {name: c, id: 3, value: 3}]}
    owns one .list[id=1,name="a"] .list[id=1,name="b"] .list[id=1,name="c"] .list[id=2,name="c"] .list[id=3,name="c"] .list[id=1,name="a"].name .list[id=1,name="a"].value .list[id=1,name="b"].id .list[id=1,name="b"].name .list[id=1,name="b"].value .list[id=1,name="c"].name .list[id=1,name="c"].value .list[id=2,name="c"].id .list[id=2,name="c"].name .list[id=2,name="c"].value .list[id=3,name="c"].id .list[id=3,name="c"].name .list[id=3,name="c"].value
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(
      replay(lines, {
        schema: { v1: keyed(["name"], number), next: keyed(["name", "id"], aField(number, { default: 1 })) },
      }),
    ).toEqual(lines);
  });
});

describe("a field that becomes a key", () => {
  const cases = transcripts(`
    # new optional key
    apply one {list: [{name: a, value: 1}]}
    schema next
    apply one {list: [{name: a, value: 2}, {name: a, id: 1, value: 1}]}
    live {list: [{name: a, value: 2}, {name: a, id: 1, value: 1}]}
    owns one .list[id=1,name="a"] .list[name="a"] .list[id=1,name="a"].id .list[id=1,name="a"].name .list[id=1,name="a"].value .list[name="a"].name .list[name="a"].value

    # distinct item added
    apply one {list: [{name: a, id: 1, value: 1}]}
    schema next
    apply one {list: [{name: a, id: 1, value: 1}, {name: a, id: 2, value: 2}]}
    live {list: [{name: a, id: 1, value: 1}, {name: a, id: 2, value: 2}]}
    owns one .list[id=1,name="a"] .list[id=2,name="a"] .list[id=1,name="a"].id .list[id=1,name="a"].name .list[id=1,name="a"].value .list[id=2,name="a"].id .list[id=2,name="a"].name .list[id=2,name="a"].value

    # item missing new key field is distinct
    apply one {list: [{name: a, value: 1}]}
    schema next
    apply one {list: [{name: a, value: 1}, {name: a, id: 2, value: 2}]}
    live {list: [{name: a, value: 1}, {name: a, id: 2, value: 2}]}
    owns one .list[id=2,name="a"] .list[name="a"] .list[id=2,name="a"].id .list[id=2,name="a"].name .list[id=2,name="a"].value .list[name="a"].name .list[name="a"].value

    # identical item merges
    apply one {list: [{name: a, id: 1, value: 1}]}
    schema next
    apply one {list: [{name: a, id: 1, value: 2}]}
    live {list: [{name: a, id: 1, value: 2}]}
    owns one .list[id=1,name="a"] .list[id=1,name="a"].id .list[id=1,name="a"].name .list[id=1,name="a"].value
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(
      replay(lines, { schema: { v1: keyed(["name"], number), next: keyed(["name", "id"], number) } }),
    ).toEqual(lines);
  });
});

describe("a type that is used in different ways", () => {
  const cases = transcripts(`
    # test override atomic map with separable
    apply apply_one {separableMapReference: {name: a}}
    apply apply_two {separableMapReference: {value: 2}}
    live {separableMapReference: {name: a, value: 2}}
    owns apply_one .separableMapReference.name
    owns apply_two .separableMapReference.value

    # test override unspecified map with atomic
    apply apply_one {atomicMapReference: {name: a}}
    apply apply_two {atomicMapReference: {value: 2}}
    conflicts apply_one .atomicMapReference
    apply apply_one {atomicMapReference: {name: b, value: 2}}
    live {atomicMapReference: {name: b, value: 2}}
    owns apply_one .atomicMapReference

    # test override associative list with atomic
    apply apply_one {associativeListReference: [{name: a, value: 1}]}
    apply apply_two {associativeListReference: [{name: b, value: 2}]}
    conflicts apply_one .associativeListReference
    live {associativeListReference: [{name: a, value: 1}]}
    owns apply_one .associativeListReference

    # test override inline atomic list with associative
    apply apply_one {separableInlineList: [1]}
    apply apply_two {separableInlineList: [2]}
    live {separableInlineList: [1, 2]}
    owns apply_one .separableInlineList[=1]
    owns apply_two .separableInlineList[=2]
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: overrides })).toEqual(lines);
  });
});
