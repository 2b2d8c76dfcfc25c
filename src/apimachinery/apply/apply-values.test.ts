import { describe, expect, test } from "bun:test";
import { replay, transcripts } from "#testing/apply-transcript.ts";
import { aField, aScalar, aStruct } from "#testing/schema.ts";

const text = aScalar("string");
const number = aScalar("number");
const point = aStruct("Point", { field1: text, field2: text }, { atomic: true });
const atomic = aStruct("Atomic", { atomicMap: aField(point, { presence: "whenSet" }) });

describe("scalars", () => {
  const cases = transcripts(`
    # apply update apply no conflict different version
    apply default {numeric: 1, string: string}
    update controller@v2 {numeric: 1, string: string, bool: true}
    apply default {numeric: 2, string: string}
    live {numeric: 2, string: string, bool: true}
    owns default .numeric .string
    owns (controller@v2) .bool

    # apply twice remove
    apply default {numeric: 1, string: string, bool: false}
    apply default {string: new string}
    live {string: new string}
    owns default .string

    # update remove empty set
    apply default {string: string}
    update controller {string: new string}
    live {string: new string}
    owns (controller) .string

    # apply twice remove different version
    apply default {numeric: 1, string: string, bool: false}
    apply default@v2 {string: new string}
    live {string: new string}
    owns default@v2 .string

    # apply remove empty set
    apply default {string: string}
    apply default {}
    live {}

    # apply twice
    apply default {numeric: 1, string: string}
    apply default {numeric: 2, string: string, bool: false}
    live {numeric: 2, string: string, bool: false}
    owns default .bool .numeric .string

    # apply twice different versions
    apply default {numeric: 1, string: string}
    apply default@v2 {numeric: 2, string: string, bool: false}
    live {numeric: 2, string: string, bool: false}
    owns default@v2 .bool .numeric .string

    # apply update apply no conflict
    apply default {numeric: 1, string: string}
    update controller {numeric: 1, string: string, bool: true}
    apply default {numeric: 2, string: string}
    live {numeric: 2, string: string, bool: true}
    owns default .numeric .string
    owns (controller) .bool

    # apply update apply with conflict
    apply default {numeric: 1, string: string}
    update controller {numeric: 1, string: controller string, bool: true}
    apply default {numeric: 2, string: user string}
    conflicts controller .string
    force default {numeric: 2, string: user string}
    live {numeric: 2, string: user string, bool: true}
    owns default .numeric .string
    owns (controller) .bool

    # apply update apply with conflict across version
    apply default {numeric: 1, string: string}
    update controller@v2 {numeric: 1, string: controller string, bool: true}
    apply default {numeric: 2, string: user string}
    conflicts controller .string
    force default {numeric: 2, string: user string}
    live {numeric: 2, string: user string, bool: true}
    owns default .numeric .string
    owns (controller@v2) .bool

    # update apply omits
    apply default {numeric: 2}
    update controller {numeric: 1}
    apply default {}
    live {numeric: 1}
    owns (controller) .numeric
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(
      replay(lines, {
        schema: aStruct("Scalars", { numeric: number, string: text, bool: aScalar("boolean") }),
      }),
    ).toEqual(lines);
  });
});

describe("values without a schema", () => {
  const cases = transcripts(`
    # apply twice list is atomic
    apply default {list: [a, c]}
    apply default {list: [a, d, c, b]}
    live {list: [a, d, c, b]}
    owns default .list

    # apply update apply list
    apply default {list: [a, c]}
    update controller {list: [a, b, c, d]}
    force default {list: [a, b, c]}
    live {list: [a, b, c]}
    owns default .list

    # apply update apply nested
    apply default {a: 1, b: {c: {d: 2, e: [1, 2, 3], f: [{name: n, value: 1}]}}}
    update controller {a: 1, b: {c: {d: 3, e: [1, 2, 3, 4], f: [{name: n, value: 2}]}}, g: 5}
    apply default {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}}
    conflicts controller .b.c.d, controller .b.c.e, controller .b.c.f
    force default {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}}
    live {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}, g: 5}
    owns default .a .b .b.c .b.c.d .b.c.e .b.c.f
    owns (controller) .g

    # apply update apply nested different version
    apply default {a: 1, b: {c: {d: 2, e: [1, 2, 3], f: [{name: n, value: 1}]}}}
    update controller@v2 {a: 1, b: {c: {d: 3, e: [1, 2, 3, 4], f: [{name: n, value: 2}]}}, g: 5}
    apply default@v3 {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}}
    conflicts controller .b.c.d, controller .b.c.e, controller .b.c.f
    force default@v3 {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}}
    live {a: 2, b: {c: {d: 2, e: [3, 2, 1], f: [{name: n, value: 1}]}}, g: 5}
    owns default@v3 .a .b .b.c .b.c.d .b.c.e .b.c.f
    owns (controller@v2) .g

    # multiple appliers recursive map deduced
    apply apply-one {a: {b: null}, c: {d: null}}
    apply apply-two@v2 {a: null, c: {d: null}}
    update controller-one@v3 {a: {b: {c: null}}, c: {d: {e: null}}}
    update controller-two@v2 {a: {b: {c: {d: null}}}, c: {d: {e: {f: null}}}}
    update controller-one@v3 {a: {b: {c: {d: {e: null}}}}, c: {d: {e: {f: {g: null}}}}}
    apply apply-one@v4 {}
    live {a: null, c: {d: {e: {f: {g: null}}}}}
    owns apply-two@v2 .a .c .c.d
    owns (controller-one@v3) .c.d.e .c.d.e.f.g
    owns (controller-two@v2) .c.d.e.f
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: aStruct("Anything", {}, { unknownFields: "preserve" }) })).toEqual(lines);
  });
});

describe("an atomic struct", () => {
  const cases = transcripts(`

  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: atomic })).toEqual(lines);
  });
});

describe("fields that no schema declares", () => {
  const cases = transcripts(`

  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(
      replay(lines, { schema: aStruct("Open", { num: number }, { unknownFields: "preserve" }) }),
    ).toEqual(lines);
  });
});
