import { describe, expect, test } from "bun:test";
import type { JsonObject } from "#apimachinery/json-value.ts";
import type { MapSchema, ObjectSchema } from "#apimachinery/schema.ts";
import { replay, transcripts } from "#testing/apply-transcript.ts";
import { aField, aMapOf, aScalar, aStruct } from "#testing/schema.ts";

const text = aScalar("string");

/** Some fields have the version in their names. */
function versioned(version: string): ObjectSchema {
  const complex = aStruct("Complex", { name: text });
  const struct = aStruct("Struct", {
    name: text,
    [`scalarField_${version}`]: text,
    [`complexField_${version}`]: aField(complex, { presence: "whenSet" }),
  });
  return aStruct("Versioned", { struct: aField(struct, { presence: "whenSet" }) });
}

const versions = { v1: versioned("v1"), v2: versioned("v2"), v3: versioned("v3") };

function rename(fields: JsonObject, from: string, to: string): JsonObject {
  return JSON.parse(JSON.stringify(fields).replaceAll(`_${from}"`, `_${to}"`)) as JsonObject;
}

/** A map of maps of maps, and so on. */
function recursiveMap(): MapSchema {
  const recursive: { -readonly [K in keyof MapSchema]: MapSchema[K] } = { ...aMapOf(text) };
  recursive.values = recursive;
  return recursive;
}

const recursive = aStruct("Recursive", { map: recursiveMap() });

/** Keys are one letter in v1, repeated twice in v2, and so on. */
function repeat(fields: JsonObject, _from: string, to: string): JsonObject {
  const repeated = (value: unknown): unknown =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(
          Object.entries(value).map(([key, each]) => [
            key.charAt(0).repeat(Number(to.slice(1))),
            repeated(each),
          ]),
        )
      : value;
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, repeated(value)]));
}

describe("fields with other names in other versions", () => {
  const cases = transcripts(`
    # unset scalar shared with updater, v1, v2, v3
    update updater {struct: {name: a, scalarField_v1: a}}
    apply applier@v2 {struct: {name: a, scalarField_v2: a}}
    apply applier@v3 {struct: {name: a}}
    live @v3 {struct: {name: a, scalarField_v3: a}}
    owns applier@v3 .struct.name
    owns (updater) .struct .struct.name .struct.scalarField_v1

    # updater claims field, v1, v2, v3
    apply applier {struct: {name: a, scalarField_v1: a}}
    update updater@v2 {struct: {name: a, scalarField_v2: b}}
    live @v3 {struct: {name: a, scalarField_v3: b}}
    owns applier .struct.name
    owns (updater@v2) .struct.scalarField_v2

    # unset complex sole owner, v1, v2, v3
    apply apply-one {struct: {name: a, complexField_v1: {name: b}}}
    apply apply-one@v2 {struct: {name: a}}
    live @v3 {struct: {name: a}}
    owns apply-one@v2 .struct.name

    # unset complex shared with applier, v1, v2, v3
    apply apply-one {struct: {name: a, complexField_v1: {name: b}}}
    apply apply-two@v2 {struct: {complexField_v2: {name: b}}}
    apply apply-one@v3 {struct: {name: a}}
    live @v3 {struct: {name: a, complexField_v3: {name: b}}}
    owns apply-two@v2 .struct.complexField_v2.name
    owns apply-one@v3 .struct.name

    # unset scalar sole owner, v1, v2, v3
    apply apply-one {struct: {name: a, scalarField_v1: a}}
    apply apply-one@v2 {struct: {name: a}}
    live @v3 {struct: {name: a}}
    owns apply-one@v2 .struct.name

    # unset scalar shared with applier, v1, v2, v3
    apply apply-one {struct: {name: a, scalarField_v1: a}}
    apply apply-two@v2 {struct: {scalarField_v2: a}}
    apply apply-one@v3 {struct: {name: a}}
    live @v3 {struct: {name: a, scalarField_v3: a}}
    owns apply-two@v2 .struct.scalarField_v2
    owns apply-one@v3 .struct.name

    # unset scalar shared with applier, v2, v1, v2
    apply apply-one@v2 {struct: {name: a, scalarField_v2: a}}
    apply apply-two {struct: {scalarField_v1: a}}
    apply apply-one@v2 {struct: {name: a}}
    live @v2 {struct: {name: a, scalarField_v2: a}}
    owns apply-two .struct.scalarField_v1
    owns apply-one@v2 .struct.name

    # unset scalar shared with updater, v2, v1, v2
    update updater@v2 {struct: {name: a, scalarField_v2: a}}
    apply applier {struct: {name: a, scalarField_v1: a}}
    apply applier@v2 {struct: {name: a}}
    live @v2 {struct: {name: a, scalarField_v2: a}}
    owns applier@v2 .struct.name
    owns (updater@v2) .struct .struct.name .struct.scalarField_v2

    # updater claims field, v2, v1, v2
    apply applier@v2 {struct: {name: a, scalarField_v2: a}}
    update updater {struct: {name: a, scalarField_v1: b}}
    live @v2 {struct: {name: a, scalarField_v2: b}}
    owns applier@v2 .struct.name
    owns (updater) .struct.scalarField_v1

    # unset complex sole owner, v2, v1, v2
    apply apply-one@v2 {struct: {name: a, complexField_v2: {name: b}}}
    apply apply-one {struct: {name: a}}
    live @v2 {struct: {name: a}}
    owns apply-one .struct.name

    # unset complex shared with applier, v2, v1, v2
    apply apply-one@v2 {struct: {name: a, complexField_v2: {name: b}}}
    apply apply-two {struct: {complexField_v1: {name: b}}}
    apply apply-one@v2 {struct: {name: a}}
    live @v2 {struct: {name: a, complexField_v2: {name: b}}}
    owns apply-two .struct.complexField_v1.name
    owns apply-one@v2 .struct.name

    # unset scalar sole owner, v2, v1, v2
    apply apply-one@v2 {struct: {name: a, scalarField_v2: a}}
    apply apply-one {struct: {name: a}}
    live @v2 {struct: {name: a}}
    owns apply-one .struct.name
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: versions, convert: rename })).toEqual(lines);
  });
});

describe("keys with other names in other versions", () => {
  const cases = transcripts(`
    # appliers remove from controller real conversion
    apply apply@v3 {map: {aaa: {bbb: null}}}
    update controller {map: {a: {b: {c: null}}}}
    apply apply@v2 {map: {aa: {bb: null}, cc: {dd: null}}}
    apply apply@v3 {map: {aaa: null, ccc: null}}
    live @v3 {map: {aaa: null, ccc: null}}
    owns apply@v3 .map.aaa .map.ccc

    # applier updater shared ownership real conversion
    update updater {map: {a: {b: {c: null}}}}
    apply apply@v2 {map: {aa: {bb: null}, cc: {dd: null}}}
    apply apply@v3 {map: {aaa: null, ccc: null}}
    live @v3 {map: {aaa: {bbb: {ccc: null}}, ccc: null}}
    owns apply@v3 .map.aaa .map.ccc
    owns (updater) .map .map.a .map.a.b .map.a.b.c

    # multiple appliers recursive map real conversion
    apply apply-one {map: {a: {b: null}, c: {d: null}}}
    apply apply-two@v2 {map: {aa: null, cc: {dd: null}}}
    update controller@v3 {map: {aaa: {bbb: {ccc: {ddd: null}}}, ccc: {ddd: {eee: {fff: null}}}}}
    apply apply-one@v4 {map: null}
    live @v4 {map: {aaaa: null, cccc: {dddd: {eeee: {ffff: null}}}}}
    owns apply-two@v2 .map.aa .map.cc .map.cc.dd
    owns apply-one@v4 .map
    owns (controller@v3) .map.ccc.ddd.eee .map.ccc.ddd.eee.fff
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: recursive, convert: repeat })).toEqual(lines);
  });
});

describe("what requests of a version cannot change", () => {
  const plain = aStruct("Plain", { numeric: aScalar("number"), string: text, object: aMapOf(text) });
  const resetFields = { v1: [["string"], ["object"]], v2: [["numeric"]] };
  const cases = transcripts(`
    # belongs to nobody by an apply
    apply me {numeric: 1, string: a, object: {a: b}}
    live {numeric: 1, string: a, object: {a: b}}
    owns me .numeric

    # belongs to nobody by an update
    update me {numeric: 1, string: a, object: {a: b}}
    owns (me) .numeric

    # is not taken from who owns it in another version
    apply me@v2 {string: a}
    apply you {string: b, numeric: 1}
    conflicts me .string
    force you {numeric: 1}
    live {string: a, numeric: 1}
    owns me@v2 .string
    owns you .numeric

    # makes no conflict
    apply me {numeric: 1}
    apply you@v2 {numeric: 2}
    conflicts me .numeric
    apply you@v2 {string: a}
    owns me .numeric
    owns you@v2 .string
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: plain, resetFields })).toEqual(lines);
  });
});
