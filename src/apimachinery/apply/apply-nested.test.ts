import { describe, expect, test } from "bun:test";
import type { MapSchema, Schema } from "#apimachinery/schema.ts";
import { replay, transcripts } from "#testing/apply-transcript.ts";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "#testing/schema.ts";

const text = aScalar("string");
const byName = { listType: "map", keys: ["name"] } as const;
const list = aListOf(text, { listType: "set" });
const map = aMapOf(text);

function named(value: Schema): Schema {
  return aListOf(aStruct("Named", { name: text, value }), byName);
}

/** A map of maps of maps, and so on. */
function recursiveMap(): MapSchema {
  const recursive: { -readonly [K in keyof MapSchema]: MapSchema[K] } = { ...aMapOf(text) };
  recursive.values = recursive;
  return recursive;
}

const struct = aStruct("Struct", { name: text, value: aScalar("number") });
const schema = aStruct("Nested", {
  listOfLists: named(list),
  listOfMaps: named(map),
  mapOfLists: aMapOf(list),
  mapOfMaps: aMapOf(map),
  mapOfMapsRecursive: recursiveMap(),
  struct: aField(struct, { presence: "whenSet" }),
});

describe("nested structures", () => {
  const cases = transcripts(`
    # remove one keep one with two sub items
    apply apply-one {listOfLists: [{name: a}, {name: b, value: [c]}]}
    apply apply-two@v2 {listOfLists: [{name: b, value: [d]}]}
    apply apply-one@v3 {listOfLists: [{name: a}]}
    live {listOfLists: [{name: a}, {name: b, value: [d]}]}
    owns apply-one@v3 .listOfLists[name="a"] .listOfLists[name="a"].name
    owns apply-two@v2 .listOfLists[name="b"] .listOfLists[name="b"].name .listOfLists[name="b"].value[="d"]

    # remove one keep one with dangling subitem
    apply apply-one {listOfLists: [{name: a}, {name: b, value: [c]}]}
    apply apply-two@v2 {listOfLists: [{name: b, value: [d]}]}
    update controller@v2 {listOfLists: [{name: a}, {name: b, value: [c, d, e]}]}
    apply apply-one@v3 {listOfLists: [{name: a}]}
    live {listOfLists: [{name: a}, {name: b, value: [d, e]}]}
    owns apply-one@v3 .listOfLists[name="a"] .listOfLists[name="a"].name
    owns apply-two@v2 .listOfLists[name="b"] .listOfLists[name="b"].name .listOfLists[name="b"].value[="d"]
    owns (controller@v2) .listOfLists[name="b"].value[="e"]

    # remove one with dangling subitem keep one
    apply apply-one {listOfLists: [{name: a}, {name: b, value: [c]}]}
    apply apply-two@v2 {listOfLists: [{name: a, value: [b]}]}
    update controller@v2 {listOfLists: [{name: a, value: [b]}, {name: b, value: [c, d]}]}
    apply apply-one@v3 {listOfLists: [{name: a}]}
    live {listOfLists: [{name: a, value: [b]}]}
    owns apply-one@v3 .listOfLists[name="a"] .listOfLists[name="a"].name
    owns apply-two@v2 .listOfLists[name="a"] .listOfLists[name="a"].name .listOfLists[name="a"].value[="b"]

    # remove one with managed subitem keep one
    apply apply-one {listOfLists: [{name: a}, {name: b, value: [c]}]}
    apply apply-two@v2 {listOfLists: [{name: a, value: [b]}]}
    update controller@v2 {listOfLists: [{name: a, value: [b]}, {name: b, value: [c, d]}]}
    apply apply-one@v3 {listOfLists: [{name: a}]}
    live {listOfLists: [{name: a, value: [b]}]}
    owns apply-one@v3 .listOfLists[name="a"] .listOfLists[name="a"].name
    owns apply-two@v2 .listOfLists[name="a"] .listOfLists[name="a"].name .listOfLists[name="a"].value[="b"]

    # remove one keep one with sub item
    apply apply-one {listOfLists: [{name: a}, {name: b, value: [c]}]}
    apply apply-two@v2 {listOfLists: [{name: b, value: [d]}]}
    apply apply-one@v3 {listOfLists: [{name: a}]}
    live {listOfLists: [{name: a}, {name: b, value: [d]}]}
    owns apply-one@v3 .listOfLists[name="a"] .listOfLists[name="a"].name
    owns apply-two@v2 .listOfLists[name="b"] .listOfLists[name="b"].name .listOfLists[name="b"].value[="d"]

    # multiple appliers recursive map
    apply apply-one {mapOfMapsRecursive: {a: {b: null}, c: {d: null}}}
    apply apply-two@v2 {mapOfMapsRecursive: {a: null, c: {d: null}}}
    update controller-one@v3 {mapOfMapsRecursive: {a: {b: {c: null}}, c: {d: {e: null}}}}
    update controller-two@v2 {mapOfMapsRecursive: {a: {b: {c: {d: null}}}, c: {d: {e: {f: null}}}}}
    update controller-one@v3 {mapOfMapsRecursive: {a: {b: {c: {d: {e: null}}}}, c: {d: {e: {f: {g: null}}}}}}
    apply apply-one@v4 {mapOfMapsRecursive: null}
    live {mapOfMapsRecursive: {a: null, c: {d: {e: {f: {g: null}}}}}}
    owns apply-two@v2 .mapOfMapsRecursive.a .mapOfMapsRecursive.c .mapOfMapsRecursive.c.d
    owns apply-one@v4 .mapOfMapsRecursive
    owns (controller-one@v3) .mapOfMapsRecursive.c.d.e .mapOfMapsRecursive.c.d.e.f.g
    owns (controller-two@v2) .mapOfMapsRecursive.c.d.e.f

    # struct apply update took over
    apply default {struct: {name: a}}
    update controller {struct: {name: b, value: 1}}
    apply default {struct: null}
    live {struct: {name: b, value: 1}}
    owns default .struct
    owns (controller) .struct.name .struct.value

    # listOfLists change value
    apply default {listOfLists: [{name: a, value: [b, c]}]}
    apply default {listOfLists: [{name: a, value: [a, c]}]}
    live {listOfLists: [{name: a, value: [a, c]}]}
    owns default .listOfLists[name="a"] .listOfLists[name="a"].name .listOfLists[name="a"].value[="a"] .listOfLists[name="a"].value[="c"]

    # listOfMaps change value
    apply default {listOfMaps: [{name: a, value: {b: x, c: y}}]}
    apply default {listOfMaps: [{name: a, value: {a: x, c: z}}]}
    live {listOfMaps: [{name: a, value: {c: z, a: x}}]}
    owns default .listOfMaps[name="a"] .listOfMaps[name="a"].name .listOfMaps[name="a"].value.a .listOfMaps[name="a"].value.c

    # mapOfMaps change value
    apply default {mapOfMaps: {a: {b: x, c: y}}}
    apply default {mapOfMaps: {a: {a: x, c: z}}}
    live {mapOfMaps: {a: {c: z, a: x}}}
    owns default .mapOfMaps.a .mapOfMaps.a.a .mapOfMaps.a.c

    # mapOfMaps change key and value
    apply default {mapOfMaps: {a: {b: x, c: y}}}
    apply default {mapOfMaps: {b: {a: x, c: z}}}
    live {mapOfMaps: {b: {a: x, c: z}}}
    owns default .mapOfMaps.b .mapOfMaps.b.a .mapOfMaps.b.c

    # struct apply update dict null
    apply default {struct: {name: a}}
    update controller {struct: {name: a, value: 1}}
    apply default {struct: null}
    live {struct: {value: 1}}
    owns default .struct
    owns (controller) .struct.value

    # struct apply remove dangling
    apply default {struct: {name: a}}
    apply default {struct: null}
    live {struct: null}
    owns default .struct

    # listOfMaps change key and value
    apply default {listOfMaps: [{name: a, value: {b: x, c: y}}]}
    apply default {listOfMaps: [{name: b, value: {a: x, c: z}}]}
    live {listOfMaps: [{name: b, value: {a: x, c: z}}]}
    owns default .listOfMaps[name="b"] .listOfMaps[name="b"].name .listOfMaps[name="b"].value.a .listOfMaps[name="b"].value.c

    # mapOfLists change value
    apply default {mapOfLists: {a: [b, c]}}
    apply default {mapOfLists: {a: [a, c]}}
    live {mapOfLists: {a: [a, c]}}
    owns default .mapOfLists.a .mapOfLists.a[="a"] .mapOfLists.a[="c"]

    # mapOfLists change key and value
    apply default {mapOfLists: {a: [b, c]}}
    apply default {mapOfLists: {b: [a, c]}}
    live {mapOfLists: {b: [a, c]}}
    owns default .mapOfLists.b .mapOfLists.b[="a"] .mapOfLists.b[="c"]

    # mapOfMapsRecursive change middle key
    apply default {mapOfMapsRecursive: {a: {b: {c: null}}}}
    apply default {mapOfMapsRecursive: {a: {d: {c: null}}}}
    live {mapOfMapsRecursive: {a: {d: {c: null}}}}
    owns default .mapOfMapsRecursive.a .mapOfMapsRecursive.a.d .mapOfMapsRecursive.a.d.c

    # struct apply remove all
    apply default {struct: {name: a, value: 1}}
    apply default {}
    live {}

    # struct apply update remove all
    apply default {struct: {name: a}}
    update controller {struct: {name: a, value: 1}}
    apply default {}
    live {struct: {value: 1}}
    owns (controller) .struct.value

    # struct apply update dict dangling
    apply default {struct: {name: a}}
    update controller {struct: {name: a, value: 1}}
    apply default {struct: {}}
    live {struct: {value: 1}}
    owns default .struct
    owns (controller) .struct.value

    # listOfLists change key and value
    apply default {listOfLists: [{name: a, value: [b, c]}]}
    apply default {listOfLists: [{name: b, value: [a, c]}]}
    live {listOfLists: [{name: b, value: [a, c]}]}
    owns default .listOfLists[name="b"] .listOfLists[name="b"].name .listOfLists[name="b"].value[="a"] .listOfLists[name="b"].value[="c"]
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema })).toEqual(lines);
  });
});
