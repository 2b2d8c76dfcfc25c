import { describe, expect, test } from "bun:test";
import { mergeItem, replayPatch, splitCases } from "#testing/patch-cases.ts";

describe("what $retainKeys retains", () => {
  const cases = splitCases(`
    live {retainKeysMap: {value: foo}}
    patch {retainKeysMap: {$retainKeys: [other], other: bar}}
    becomes {retainKeysMap: {other: bar}}

    live {retainKeysMap: {name: type1, value: foo}}
    patch {retainKeysMap: {$retainKeys: [name, other], name: type2, other: bar}}
    becomes {retainKeysMap: {name: type2, other: bar}}

    live {retainKeysMap: {name: foo}}
    patch {retainKeysMap: {$retainKeys: [name, value], value: bar}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, other: a}}
    patch {retainKeysMap: {$retainKeys: [name, value], value: bar}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, value: bar}}
    patch {retainKeysMap: {$retainKeys: [name], value: null}}
    becomes {retainKeysMap: {name: foo}}

    live {retainKeysMap: {name: foo, value: bar, other: a}}
    patch {retainKeysMap: {$retainKeys: [name], value: null}}
    becomes {retainKeysMap: {name: foo}}

    live {retainKeysMap: {name: foo, value: bar, other: a}}
    patch {retainKeysMap: {$retainKeys: [name, value]}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, simpleMap: {key1: a}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], value: bar}}
    becomes {retainKeysMap: {name: foo, simpleMap: {key1: a}, value: bar}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key2: b}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key2: b}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key3: c}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key2: b}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key3: c, key2: b}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key2: b}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key2: null}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key2: b, key3: c}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key2: null}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key3: c}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key2: b}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key1: x}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: x, key2: b}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: a, key2: b, key3: c}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key1: x}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: x, key2: b, key3: c}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: old, key2: b}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key1: modified}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: modified, key2: b}}}

    live {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: new, key2: b, key3: c}}}
    patch {retainKeysMap: {$retainKeys: [name, simpleMap, value], simpleMap: {key1: modified}}}
    becomes {retainKeysMap: {name: foo, value: bar, simpleMap: {key1: modified, key2: b, key3: c}}}

    live {retainKeysMap: {name: foo, value: bar, nonMergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [name, nonMergingList, value], nonMergingList: [{name: a}, {name: c}, {name: b}]}}
    becomes {retainKeysMap: {name: foo, value: bar, nonMergingList: [{name: a}, {name: c}, {name: b}]}}

    live {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [name, nonMergingList, value], value: bar}}
    becomes {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}], value: bar}}

    live {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}, {name: c}]}}
    patch {retainKeysMap: {$retainKeys: [name, nonMergingList, value], value: bar, nonMergingList: [{name: a}, {name: b}]}}
    becomes {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}], value: bar}}

    live {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [name, value], value: bar, nonMergingList: null}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, nonMergingList: [{name: a}, {name: b}, {name: c}]}}
    patch {retainKeysMap: {$retainKeys: [name, value], value: bar, nonMergingList: null}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name, value], value: bar}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 2], value: bar}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name, value], $setElementOrder/mergingIntList: [1, 2], value: bar}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3], value: bar}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2]}}
    patch {retainKeysMap: {$setElementOrder/mergingIntList: [1, 2, 4], $retainKeys: [mergingIntList, name], mergingIntList: [4]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 2, 4]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3]}}
    patch {retainKeysMap: {$setElementOrder/mergingIntList: [1, 2, 4], $retainKeys: [mergingIntList, name], mergingIntList: [4]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 2, 4, 3]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name], $deleteFromPrimitiveList/mergingIntList: [2], $setElementOrder/mergingIntList: [1, 3]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 3]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3, 4]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name], $deleteFromPrimitiveList/mergingIntList: [2], $setElementOrder/mergingIntList: [1, 3]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 3, 4]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name], mergingIntList: [5], $deleteFromPrimitiveList/mergingIntList: [2], $setElementOrder/mergingIntList: [1, 3, 5]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 3, 5]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3, 4]}}
    patch {retainKeysMap: {$retainKeys: [mergingIntList, name], mergingIntList: [5], $deleteFromPrimitiveList/mergingIntList: [2], $setElementOrder/mergingIntList: [1, 3, 5]}}
    becomes {retainKeysMap: {name: foo, mergingIntList: [1, 3, 5, 4]}}

    live {retainKeysMap: {name: foo, mergingIntList: [1, 2, 3]}}
    patch {retainKeysMap: {$retainKeys: [name], mergingIntList: null}}
    becomes {retainKeysMap: {name: foo}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name, value], value: bar}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}], value: bar}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: c}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name, value], $setElementOrder/mergingList: [{name: a}, {name: b}], value: bar}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: c}], value: bar}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}, {name: b}, {name: c}], mergingList: [{name: c}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: c}]}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: x}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}, {name: b}, {name: c}], mergingList: [{name: c}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: c}, {name: x}]}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b, value: foo}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}, {name: b}], mergingList: [{name: b, value: bar}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b, value: bar}]}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b, value: foo}, {name: x}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}, {name: b}], mergingList: [{name: b, value: bar}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b, value: bar}, {name: x}]}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [name, value], value: bar, mergingList: null}}
    becomes {retainKeysMap: {name: foo, value: bar}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}], mergingList: [{name: b, $patch: delete}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}]}}

    live {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: b}, {name: x}]}}
    patch {retainKeysMap: {$retainKeys: [mergingList, name], $setElementOrder/mergingList: [{name: a}], mergingList: [{name: b, $patch: delete}]}}
    becomes {retainKeysMap: {name: foo, mergingList: [{name: a}, {name: x}]}}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: a, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: old}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: modified}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: modified}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: new, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: modified}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: modified}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: old}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: new}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: new}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: old, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: new}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: new}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: modified, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: new}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: new}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: a}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name, value], name: foo, value: a}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: a}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name], name: foo, value: null}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo}]}

    live {retainKeysMergingList: [{name: bar}, {name: foo, value: a, other: x}]}
    patch {$setElementOrder/retainKeysMergingList: [{name: bar}, {name: foo}], retainKeysMergingList: [{$retainKeys: [name], name: foo, value: null}]}
    becomes {retainKeysMergingList: [{name: bar}, {name: foo}]}
  `);

  test.each(cases)("%s", (_patch, lines) => {
    expect(replayPatch(mergeItem, lines)).toEqual(lines);
  });
});

describe("$deleteFromPrimitiveList", () => {
  const cases = splitCases(`
    live {mergingIntList: [1, 2]}
    patch {$deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2]}

    live {mergingIntList: null}
    patch {$deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: null}

    live {foo: [bar]}
    patch {$deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {foo: [bar]}

    live {mergingIntList: [1, 2, 3]}
    patch {$deleteFromPrimitiveList/mergingIntList: [2]}
    becomes {mergingIntList: [1, 3]}

    live {nonMergingIntList: [1, 2, 3]}
    patch {$deleteFromPrimitiveList/nonMergingIntList: [2]}
    becomes {nonMergingIntList: [1, 3]}
  `);

  test.each(cases)("%s", (_patch, lines) => {
    expect(replayPatch(mergeItem, lines)).toEqual(lines);
  });
});

describe("elements and maps with $patch", () => {
  const cases = splitCases(`
    live {name: hi}
    patch {mergingList: [{name: hello}, {$patch: delete, name: doesntexist}]}
    becomes {name: hi, mergingList: [{name: hello}]}

    live {simpleMap: {key1: 1, key2: 1}}
    patch {simpleMap: {$patch: delete}}
    becomes {simpleMap: {}}

    live {mergingList: [{name: 1}, {name: 2}]}
    patch {mergingList: [{$patch: replace}]}
    becomes {mergingList: []}

    live {name: 1, value: 1}
    patch {$patch: replace}
    becomes {}

    live {name: 1, value: 1}
    patch {other: a, $patch: replace}
    becomes {other: a}

    live {mergingList: [{name: 1}, {name: 1}, {name: 2, value: a}, {name: 3}, {name: 3}]}
    patch {mergingList: [{name: 1, $patch: delete}, {name: 3, $patch: delete}]}
    becomes {mergingList: [{name: 2, value: a}]}

    live {mergingList: [{name: 1}, {name: 2}]}
    patch {mergingList: [{name: 1, $patch: delete}, {name: 2, $patch: delete}]}
    becomes {mergingList: []}

    live {mergingList: [{name: 1, other: a}, {name: 2, other: b}]}
    patch {mergingList: [{name: 1, $patch: delete}, {name: 2, $patch: delete}]}
    becomes {mergingList: []}

    live {mergingList: []}
    patch {mergingList: [{name: 1, $patch: delete}, {name: 2, $patch: delete}]}
    becomes {mergingList: []}
  `);

  test.each(cases)("%s", (_patch, lines) => {
    expect(replayPatch(mergeItem, lines)).toEqual(lines);
  });
});
