import { describe, expect, test } from "bun:test";
import { mergeItem, replayPatch, splitCases } from "#testing/patch-cases.ts";

describe("lists in the order of $setElementOrder", () => {
  const cases = splitCases(`
    live {mergingList: [{name: 1}, {name: 3}]}
    patch {$setElementOrder/mergingList: [{name: 3}, {name: 2}, {name: 1}], mergingList: [{name: 3, value: 3}, {name: 1, value: 1}]}
    becomes {mergingList: [{name: 3, value: 3}, {name: 1, value: 1}]}

    live {mergingIntList: [1, 3]}
    patch {$setElementOrder/mergingIntList: [3, 2, 1]}
    becomes {mergingIntList: [3, 1]}

    live {mergingList: [{name: 1}, {name: 3}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 3, value: 3}, {name: 1, value: 1}]}
    fails "The order in patch list:\\n[map[name:3 value:3] map[name:1 value:1]]\\n doesn't match $setElementOrder list:\\n[map[name:1] map[name:2] map[name:3]]\\n"

    live {mergingIntList: [1, 3, 2]}
    patch {$setElementOrder/mergingIntList: [1, 2, 3], mergingIntList: [3, 1]}
    fails "The order in patch list:\\n[3 1]\\n doesn't match $setElementOrder list:\\n[1 2 3]\\n"

    live {name: hi, mergingList: [{name: hello2}]}
    patch {$setElementOrder/mergingList: [{name: hello}, {name: doesntexist}], mergingList: [{name: hello}]}
    becomes {name: hi, mergingList: [{name: hello}, {name: hello2}]}

    live {mergingIntList: [1, 2, 3]}
    patch {$setElementOrder/mergingIntList: [1, 2], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2]}

    live {mergingIntList: [1, 2, 3, 4]}
    patch {$setElementOrder/mergingIntList: [1, 2], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2, 4]}

    live {mergingIntList: [1, 2, 3, 3]}
    patch {$setElementOrder/mergingIntList: [1, 2], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2]}

    live {mergingIntList: [1, 2, 3, 3, 4]}
    patch {$setElementOrder/mergingIntList: [1, 2], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2, 4]}

    live {mergingIntList: [1, 2, 3]}
    patch {$setElementOrder/mergingIntList: [1, 2, 4], $deleteFromPrimitiveList/mergingIntList: [3], mergingIntList: [4]}
    becomes {mergingIntList: [1, 2, 4]}

    live {mergingIntList: [1, 2, 3, 4]}
    patch {$setElementOrder/mergingIntList: [1, 2, 4], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [1, 2, 4]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 4, value: 4}, {name: 3, value: 3}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 1}, {name: 2, value: 2}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 4, value: 4}, {name: 3, value: 3}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 1, other: a}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 3, value: 3}]}
    becomes {mergingList: [{name: 1}, {name: 2, value: 2}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 3, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 2, value: 2}, {name: 3, value: 3}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: 1}]}
    becomes {mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: 1}]}
    becomes {mergingList: [{name: 1, other: a, value: 1}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1, other: a}, {name: 3, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}
    becomes {mergingList: [{name: 1, other: a, value: 1}, {name: 2, value: 2}, {name: 3, value: 2, other: b}]}

    live {mergingList: [{name: 1, value: a}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}, {name: 3}], mergingList: [{name: 3}]}
    becomes {mergingList: [{name: 1, value: a}, {name: 2}, {name: 3}]}

    live {mergingList: [{name: 1, value: 1, other: a}, {name: 2, value: 3, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 2, value: 2}]}
    becomes {mergingList: [{name: 1, value: 1, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: a}]}
    becomes {mergingList: [{name: 1, value: a}, {name: 2, value: 2}]}

    live {mergingList: [{name: 1, value: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: a}]}
    becomes {mergingList: [{name: 1, value: a, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1, value: 3, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: a}]}
    becomes {mergingList: [{name: 1, value: a, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 2}], mergingList: [{name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2}]}

    live {mergingList: [{name: 1}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 2}], mergingList: [{name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2, other: b}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 2}], mergingList: [{name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2, other: b}]}

    live {mergingList: [{name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 2}], mergingList: [{name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2, other: b}]}

    live {mergingList: [{name: 3, other: a}]}
    patch {$setElementOrder/mergingList: [{name: 2}], mergingList: [{name: 2}, {name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2}, {name: 3, other: a}]}

    live {mergingList: [{name: 1}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 3}], mergingList: [{name: 3}, {name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2}, {name: 3}]}

    live {mergingList: [{name: 1}, {name: 2, other: b}, {name: 4, other: c}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 3}], mergingList: [{name: 3}, {name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 2, other: b}, {name: 4, other: c}, {name: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 4, other: c}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 3}], mergingList: [{name: 2}, {name: 3}, {name: 1, $patch: delete}]}
    becomes {mergingList: [{name: 4, other: c}, {name: 2}, {name: 3}]}

    live {mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: null}]}
    becomes {mergingList: [{name: 1}, {name: 2, value: 2}]}

    live {mergingList: [{name: 1, value: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: null}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1, value: a, other: a}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: null}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 2, value: 2}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: null}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, value: null}, {name: 2, value: 2}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 2, other: b, value: 2}]}

    live {mergingList: [{name: 1, nonMergingList: [{name: 1}, {name: 2, value: 2}]}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, nonMergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, nonMergingList: [{name: 1, value: 1}]}, {name: 2}]}

    live {mergingList: [{name: 1, other: a, nonMergingList: [{name: 1}, {name: 2, value: 2}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, nonMergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, nonMergingList: [{name: 1, value: 1}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, other: a, nonMergingList: [{name: 1, value: c}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, nonMergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, nonMergingList: [{name: 1, value: 1}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, other: a, nonMergingList: [{name: 2, value: 2}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 1, nonMergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, nonMergingList: [{name: 1, value: 1}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, mergingList: [{name: 1}, {name: 2, value: 2}]}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 1}, {name: 2}], name: 1, mergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}, {name: 2}]}

    live {mergingList: [{name: 1, other: a, mergingList: [{name: 1}, {name: 2, value: 2}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 1}, {name: 2}], name: 1, mergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, other: a, mergingList: [{name: 1, value: a, other: c}, {name: 2, value: b, other: d}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 1}, {name: 2}], name: 1, mergingList: [{name: 1, value: 1}, {name: 2, value: 2}]}]}
    becomes {mergingList: [{name: 1, other: a, mergingList: [{name: 1, value: 1, other: c}, {name: 2, value: 2, other: d}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, other: a, mergingList: [{name: 2, value: 2, other: d}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 1}, {name: 2}], name: 1, mergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, mergingList: [{name: 1, value: 1}, {name: 2, value: 2, other: d}]}, {name: 2, other: b}]}

    live {mergingList: [{name: 1, mergingList: [{name: 1}, {name: 2, value: 2}]}, {name: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 2}, {name: 1}], name: 1, mergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, mergingList: [{name: 2, value: 2}, {name: 1, value: 1}]}, {name: 2}]}

    live {mergingList: [{name: 1, other: a, mergingList: [{name: 2, value: 2, other: d}]}, {name: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{$setElementOrder/mergingList: [{name: 2}, {name: 1}], name: 1, mergingList: [{name: 1, value: 1}]}]}
    becomes {mergingList: [{name: 1, other: a, mergingList: [{name: 2, value: 2, other: d}, {name: 1, value: 1}]}, {name: 2, other: b}]}

    live {mergingIntList: [1, 2]}
    patch {$setElementOrder/mergingIntList: [1, 2, 3], mergingIntList: [3]}
    becomes {mergingIntList: [1, 2, 3]}

    live {mergingIntList: [1, 2, 4]}
    patch {$setElementOrder/mergingIntList: [1, 2, 3], mergingIntList: [3]}
    becomes {mergingIntList: [1, 2, 3, 4]}

    live {mergingIntList: [1, 2]}
    patch {$setElementOrder/mergingIntList: [3, 1, 2], mergingIntList: [3]}
    becomes {mergingIntList: [3, 1, 2]}

    live {mergingIntList: [1, 4, 2]}
    patch {$setElementOrder/mergingIntList: [3, 1, 2], mergingIntList: [3]}
    becomes {mergingIntList: [3, 1, 4, 2]}

    live {mergingIntList: [1, 2, 3]}
    patch {$setElementOrder/mergingIntList: [2, 1], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [2, 1]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 3}, {name: 1}, {name: 2}], mergingList: [{name: 3, value: 3}]}
    becomes {mergingList: [{name: 3, value: 3}, {name: 1}, {name: 2, value: 2}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 3}, {name: 1}, {name: 2}], mergingList: [{name: 3, value: 3}]}
    becomes {mergingList: [{name: 3, value: 3}, {name: 1, other: a}, {name: 2, value: 2, other: b}]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 4}, {name: 2}, {name: 3}], mergingList: [{name: 4, value: 4}, {name: 3, value: 3}]}
    becomes {mergingList: [{name: 1}, {name: 4, value: 4}, {name: 2, value: 2}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}]}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 4}, {name: 2}, {name: 3}], mergingList: [{name: 4, value: 4}, {name: 3, value: 3}]}
    becomes {mergingList: [{name: 1, other: a}, {name: 4, value: 4}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1}, {name: 3, value: 3}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}], mergingList: [{name: 3, $patch: delete}]}
    becomes {mergingList: [{name: 2, value: 2}, {name: 1}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}], mergingList: [{name: 3, $patch: delete}]}
    becomes {mergingList: [{name: 2, value: 2, other: b}, {name: 1, other: a}]}

    live {mergingList: [{name: 1}, {name: 3, value: 3}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 3}, {name: 1}], mergingList: [{name: 3, value: x}]}
    becomes {mergingList: [{name: 2, value: 2}, {name: 3, value: x}, {name: 1}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 3}, {name: 1}], mergingList: [{name: 3, value: x}]}
    becomes {mergingList: [{name: 2, value: 2, other: b}, {name: 3, value: x}, {name: 1, other: a}]}

    live {mergingList: [{name: 1}, {name: 3, value: 3}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 2}, {name: 1}], mergingList: [{name: 4, value: 4}, {name: 3, $patch: delete}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 2, value: 2}, {name: 1}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2, other: b}, {name: 3, value: 3}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 2}, {name: 1}], mergingList: [{name: 4, value: 4}, {name: 3, $patch: delete}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 2, value: 2, other: b}, {name: 1, other: a}]}

    live {mergingList: [{name: 1}, {name: 3, value: 3}, {name: 4, value: 4}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 2}, {name: 3}, {name: 1}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 2, value: 2}, {name: 3, value: 3}, {name: 1}]}

    live {mergingList: [{name: 1, other: a}, {name: 3, value: 3}, {name: 4, value: 4}, {name: 2, value: 2}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 2}, {name: 3}, {name: 1}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 2, value: 2}, {name: 3, value: 3}, {name: 1, other: a}]}

    live {mergingList: [{name: 1, other: a}, {name: 3, value: 3}, {name: 4, value: 4}, {name: 2, value: 2}, {name: 9}]}
    patch {$setElementOrder/mergingList: [{name: 4}, {name: 2}, {name: 3}, {name: 1}]}
    becomes {mergingList: [{name: 4, value: 4}, {name: 2, value: 2}, {name: 3, value: 3}, {name: 1, other: a}, {name: 9}]}

    live {mergingList: [{name: 1}, {name: 2, value: 2}, {name: 3, value: 3}, {name: 4, value: 4}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}, {name: 4}, {name: 3}]}
    becomes {mergingList: [{name: 2, value: 2}, {name: 1}, {name: 4, value: 4}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2}, {name: 9}, {name: 3, value: 3}, {name: 4, value: 4}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}, {name: 4}, {name: 3}]}
    becomes {mergingList: [{name: 2, value: 2}, {name: 1, other: a}, {name: 9}, {name: 4, value: 4}, {name: 3, value: 3}]}

    live {mergingList: [{name: 1, other: a}, {name: 2, value: 2}, {name: 7}, {name: 9}, {name: 8}, {name: 3, value: 3}, {name: 4, value: 4}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}, {name: 4}, {name: 3}]}
    becomes {mergingList: [{name: 2, value: 2}, {name: 1, other: a}, {name: 7}, {name: 9}, {name: 8}, {name: 4, value: 4}, {name: 3, value: 3}]}

    live {mergingIntList: [1, 2]}
    patch {$setElementOrder/mergingIntList: [1, 4, 2, 3], mergingIntList: [4, 3]}
    becomes {mergingIntList: [1, 4, 2, 3]}

    live {mergingIntList: [1, 3, 2]}
    patch {$setElementOrder/mergingIntList: [2, 1], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [2, 1]}

    live {mergingIntList: [1, 3, 2]}
    patch {$setElementOrder/mergingIntList: [4, 2, 1], mergingIntList: [4], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [4, 2, 1]}

    live {mergingIntList: [1, 2, 3]}
    patch {$setElementOrder/mergingIntList: [4, 2, 1], mergingIntList: [4], $deleteFromPrimitiveList/mergingIntList: [3]}
    becomes {mergingIntList: [4, 2, 1]}

    live {mergingIntList: [1, 3, 4, 2]}
    patch {$setElementOrder/mergingIntList: [4, 2, 3, 1]}
    becomes {mergingIntList: [4, 2, 3, 1]}

    live {mergingIntList: [1, 3, 4, 2, 9]}
    patch {$setElementOrder/mergingIntList: [4, 2, 3, 1]}
    becomes {mergingIntList: [4, 2, 3, 1, 9]}

    live {mergingIntList: [1, 2, 3, 4]}
    patch {$setElementOrder/mergingIntList: [2, 1, 4, 3]}
    becomes {mergingIntList: [2, 1, 4, 3]}

    live {mergingIntList: [1, 2, 9, 3, 4]}
    patch {$setElementOrder/mergingIntList: [2, 1, 4, 3]}
    becomes {mergingIntList: [2, 1, 9, 4, 3]}

    live {mergingIntList: [1, 2, 7, 9, 8, 3, 4]}
    patch {$setElementOrder/mergingIntList: [2, 1, 4, 3]}
    becomes {mergingIntList: [2, 1, 7, 9, 8, 4, 3]}

    live {mergingList: [{name: 1}, {name: 2, value: dup1}, {name: 3}, {name: 2, value: dup2}, {name: 4}]}
    patch {$setElementOrder/mergingList: [{name: 2}, {name: 1}, {name: 4}, {name: 3}, {name: 2}]}
    becomes {mergingList: [{name: 2, value: dup1}, {name: 2, value: dup2}, {name: 1}, {name: 4}, {name: 3}]}

    live {mergingIntList: [1, 2, 3, 2, 4]}
    patch {$setElementOrder/mergingIntList: [2, 1, 4, 3, 2]}
    becomes {mergingIntList: [2, 2, 1, 4, 3]}

    live {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}], replacingItem: {Some: Generic, Yaml: Inside, The: RawExtension, Field: Period}}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 2}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}
    becomes {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}, {name: 2}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}

    live {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}, {name: 3}], replacingItem: {Some: Generic, Yaml: Inside, The: RawExtension, Field: Period}}
    patch {$setElementOrder/mergingList: [{name: 1}, {name: 2}], mergingList: [{name: 2}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}
    becomes {name: "my-object", value: "some-value", other: "current-other", mergingList: [{name: 1}, {name: 2}, {name: 3}], replacingItem: {Newly: Modified, Yaml: Inside, The: RawExtension}}
  `);

  test.each(cases)("%s", (_patch, lines) => {
    expect(replayPatch(mergeItem, lines)).toEqual(lines);
  });
});
