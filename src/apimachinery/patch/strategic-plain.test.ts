import { describe, expect, test } from "bun:test";
import { mergeItem, replayPatch, splitCases } from "#testing/patch-cases.ts";

describe("patches without directives", () => {
  const cases = splitCases(`
    live {mergingList: [{name: 1, value: a}]}
    patch {mergingList: [{value: b}]}
    fails "map: map[value:b] does not contain declared merge key: name"

    live {}
    patch {retainKeysMap: {other: bar}}
    becomes {retainKeysMap: {other: bar}}

    live {}
    patch {retainKeysMap: {name: type2, other: bar}}
    becomes {retainKeysMap: {name: type2, other: bar}}

    live {name: "my-object", value: "some-value", other: "current-other", replacingItem: {Some: Generic, Yaml: Inside, The: RawExtension, Field: Period}}
    patch {mergingList: [{name: 1}, {name: 2}, {name: 3}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}
    becomes {name: "my-object", value: "some-value", other: "current-other", replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}, mergingList: [{name: 1}, {name: 2}, {name: 3}]}

    live {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}, {name: 2}, {name: 3}], replacingItem: {Some: Generic, Yaml: Inside, The: RawExtension, Field: Period}}
    patch {replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}
    becomes {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}, {name: 2}, {name: 3}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}

    live {mergingIntList: [1, 2]}
    patch {mergingIntList: [2, 3]}
    becomes {mergingIntList: [1, 2, 3]}

    live {mergingList: []}
    patch {mergingList: []}
    becomes {mergingList: []}

    live {retainKeysMap: {name: foo}}
    patch {retainKeysMap: {value: bar}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, value: a}}
    patch {retainKeysMap: {value: b}}
    becomes {retainKeysMap: {name: foo, value: b}}

    live {retainKeysMap: {name: foo, value: a}}
    patch {retainKeysMap: {value: null}}
    becomes {retainKeysMap: {name: foo}}

    live {retainKeysMap: {name: foo, value: a}}
    patch {retainKeysMap: {}}
    becomes {retainKeysMap: {name: foo, value: a}}

    live {retainKeysMergingList: [{name: bar}, {name: foo}]}
    patch {retainKeysMergingList: [{name: foo, value: a}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}
    patch {retainKeysMergingList: [{name: foo, value: b}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: b}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}
    patch {retainKeysMergingList: [{name: foo, value: null}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo}]}

    live {mergingList: [{name: 1}, {name: 2, value: b}, {name: 3}]}
    patch {mergingList: [{name: 3, value: c}, {name: 1, value: a}, {name: 2, other: x}]}
    becomes {mergingList: [{name: 3, value: c}, {name: 1, value: a}, {name: 2, value: b, other: x}]}

    live {mergingList: [{name: 1}, {name: 2, value: b}, {name: 3}]}
    patch {mergingList: [{name: 3, value: c}, {name: 1, value: a}]}
    becomes {mergingList: [{name: 2, value: b}, {name: 3, value: c}, {name: 1, value: a}]}

    live {mergingIntList: [1, 2, 3]}
    patch {mergingIntList: [3, 1, 2]}
    becomes {mergingIntList: [3, 1, 2]}

    live {mergingIntList: [1, 2, 3]}
    patch {mergingIntList: [3, 1]}
    becomes {mergingIntList: [2, 3, 1]}

    live {name: 1, other: a}
    patch {value: 1}
    becomes {name: 1, other: a, value: 1}

    live {name: 1}
    patch {value: 1}
    becomes {name: 1, value: 1}

    live {name: a, other: a}
    patch {name: 1, value: 1}
    becomes {name: 1, other: a, value: 1}

    live {name: 1}
    patch {name: null, value: 1}
    becomes {value: 1}

    live {name: 1, other: a}
    patch {name: null, value: 1}
    becomes {other: a, value: 1}

    live {name: a, other: a}
    patch {name: null, value: 1}
    becomes {other: a, value: 1}

    live {simpleMap: {key1: 1, key2: 1}}
    patch {simpleMap: {key2: null}}
    becomes {simpleMap: {key1: 1}}

    live {simpleMap: {key1: 1, key2: 1, other: a}}
    patch {simpleMap: {key2: null}}
    becomes {simpleMap: {key1: 1, other: a}}

    live {simpleMap: {key1: a, key2: 1, other: a}}
    patch {simpleMap: {key1: 1, key2: null}}
    becomes {simpleMap: {key1: 1, other: a}}

    live {name: 1, value: 1}
    patch {name: null, value: null}
    becomes {}

    live {name: 1, value: 1, other: a}
    patch {name: null, value: null}
    becomes {other: a}

    live {name: 1, value: a, other: a}
    patch {name: null, value: null}
    becomes {other: a}

    live {name: 1, value: 1}
    patch {name: null, value: null, other: a}
    becomes {other: a}

    live {name: 1, value: 1, other: b}
    patch {name: null, value: null, other: a}
    becomes {other: a}

    live {nonMergingIntList: [1, 2]}
    patch {nonMergingIntList: [2, 3]}
    becomes {nonMergingIntList: [2, 3]}

    live {nonMergingIntList: [1, 4]}
    patch {nonMergingIntList: [2, 3]}
    becomes {nonMergingIntList: [2, 3]}

    live {name: 2}
    patch {name: 1, value: 1, other: null}
    becomes {name: 1, value: 1}

    live {name: a, other: a}
    patch {name: 1, value: 1, other: null}
    becomes {name: 1, value: 1}

    live {name: "original-name", value: "original-value"}
    patch {name: "modified-name", value: null}
    becomes {name: "modified-name"}

    live {name: "original-name", value: "original-value", other: "current-other"}
    patch {name: "modified-name", value: null}
    becomes {name: "modified-name", other: "current-other"}

    live {name: a, retainKeysMap: {name: foo}}
    patch {value: b}
    becomes {name: a, retainKeysMap: {name: foo}, value: b}

    live {name: a, other: c, retainKeysMap: {name: foo}}
    patch {value: b}
    becomes {name: a, other: c, retainKeysMap: {name: foo}, value: b}
  `);

  test.each(cases)("%s", (_patch, lines) => {
    expect(replayPatch(mergeItem, lines)).toEqual(lines);
  });
});
