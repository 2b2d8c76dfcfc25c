import { describe, expect, test } from "bun:test";
import { replay, transcripts } from "#testing/apply-transcript.ts";
import { aField, aListOf, aScalar, aStruct } from "#testing/schema.ts";

const text = aScalar("string");
const number = aScalar("number");
const set = { listType: "set" } as const;
const byName = { listType: "map", keys: ["name"] } as const;

const port = aStruct("Port", { port: number, protocol: aField(text, { default: "TCP" }), name: text });
const ports = aListOf(port, { listType: "map", keys: ["port", "protocol"] });

const sentence = aStruct("Sentence", {
  page: aField(number, { default: 2 }),
  line: aField(number, { default: 3 }),
  text,
});
const chapter = aStruct("Chapter", {
  chapter: aField(number, { default: 1 }),
  section: aField(text, { default: "A" }),
  sentences: aListOf(sentence, { listType: "map", keys: ["page", "line"] }),
});
const chapters = aListOf(chapter, { listType: "map", keys: ["chapter", "section"] });

const pair = aStruct("Pair", { name: text, value: number });
const triple = aStruct("Triple", { name: text, value1: number, value2: number });
const doubled = aStruct("Doubled", {
  list: aListOf(triple, byName),
  unrelated: number,
  set: aListOf(number, set),
});

describe("a set", () => {
  const cases = transcripts(`
    # apply update apply reorder across versions
    apply default {list: [a, b, c, d]}
    update controller {list: [a, d, c, b]}
    apply default@v2 {list: [a, b, c, d]}
    live {list: [a, b, c, d]}
    owns default@v2 .list[="a"] .list[="b"] .list[="c"] .list[="d"]

    # apply update apply no overlap and different version
    apply default {list: [a, c]}
    update controller@v2 {list: [a, b, c, d]}
    apply default {list: [a, aprime, c, cprime]}
    live {list: [a, b, aprime, c, d, cprime]}
    owns default .list[="a"] .list[="aprime"] .list[="c"] .list[="cprime"]
    owns (controller@v2) .list[="b"] .list[="d"]

    # apply update apply with overlap
    apply default {list: [a, c]}
    update controller {list: [a, b, c, d]}
    apply default {list: [a, b, c]}
    live {list: [a, b, c, d]}
    owns default .list[="a"] .list[="b"] .list[="c"]
    owns (controller) .list[="b"] .list[="d"]

    # apply update apply with overlap and different version
    apply default {list: [a, c]}
    update controller@v2 {list: [a, b, c, d]}
    apply default {list: [a, b, c]}
    live {list: [a, b, c, d]}
    owns default .list[="a"] .list[="b"] .list[="c"]
    owns (controller@v2) .list[="b"] .list[="d"]

    # apply twice reorder
    apply default {list: [a, b, c, d]}
    apply default {list: [a, d, c, b]}
    live {list: [a, d, c, b]}
    owns default .list[="a"] .list[="b"] .list[="c"] .list[="d"]

    # apply update apply reorder
    apply default {list: [a, b, c, d]}
    update controller {list: [a, d, c, b]}
    apply default {list: [a, b, c, d]}
    live {list: [a, b, c, d]}
    owns default .list[="a"] .list[="b"] .list[="c"] .list[="d"]

    # apply twice remove
    apply default {list: [a, b, c, d]}
    apply default {list: [a, c]}
    live {list: [a, c]}
    owns default .list[="a"] .list[="c"]

    # apply twice remove across versions
    apply default {list: [a, b, c, d]}
    apply default@v2 {list: [a, c, e]}
    live {list: [a, c, e]}
    owns default@v2 .list[="a"] .list[="c"] .list[="e"]

    # apply twice
    apply default {list: [a, c]}
    apply default {list: [a, b, c, d]}
    live {list: [a, b, c, d]}
    owns default .list[="a"] .list[="b"] .list[="c"] .list[="d"]

    # apply update apply no overlap
    apply default {list: [a, c]}
    update controller {list: [a, b, c, d]}
    apply default {list: [a, aprime, c, cprime]}
    live {list: [a, b, aprime, c, d, cprime]}
    owns default .list[="a"] .list[="aprime"] .list[="c"] .list[="cprime"]
    owns (controller) .list[="b"] .list[="d"]
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: aStruct("Sets", { list: aListOf(text, set) }) })).toEqual(lines);
  });
});

describe("a list with keys", () => {
  const cases = transcripts(`
    # removing obsolete applied structs
    apply default {list: [{name: a, value: 1}]}
    apply default {list: [{name: b, value: 2}]}
    live {list: [{name: b, value: 2}]}
    owns default .list[name="b"] .list[name="b"].name .list[name="b"].value

    # change value yes conflict
    apply apply-one {list: [{name: a, value: 0}]}
    apply apply-two@v2 {list: [{name: a, value: 1}]}
    conflicts apply-one .list[name="a"].value
    live {list: [{name: a, value: 0}]}
    owns apply-one .list[name="a"] .list[name="a"].name .list[name="a"].value

    # remove one keep one
    apply apply-one {list: [{name: a}, {name: b}, {name: c}]}
    apply apply-two@v2 {list: [{name: c}, {name: d}]}
    apply apply-one@v3 {list: [{name: a}]}
    live {list: [{name: a}, {name: c}, {name: d}]}
    owns apply-one@v3 .list[name="a"] .list[name="a"].name
    owns apply-two@v2 .list[name="c"] .list[name="d"] .list[name="c"].name .list[name="d"].name

    # remove one
    apply apply-one {list: [{name: a}, {name: b}]}
    apply apply-two@v2 {list: [{name: c}]}
    apply apply-one@v3 {list: [{name: a}]}
    live {list: [{name: a}, {name: c}]}
    owns apply-one@v3 .list[name="a"] .list[name="a"].name
    owns apply-two@v2 .list[name="c"] .list[name="c"].name

    # same value no conflict
    apply apply-one {list: [{name: a, value: 0}]}
    apply apply-two@v2 {list: [{name: a, value: 0}]}
    live {list: [{name: a, value: 0}]}
    owns apply-two@v2 .list[name="a"] .list[name="a"].name .list[name="a"].value
    owns apply-one .list[name="a"] .list[name="a"].name .list[name="a"].value
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: aStruct("Lists", { list: aListOf(pair, byName) }) })).toEqual(lines);
  });
});

describe("a key with a default", () => {
  const cases = transcripts(`
    # apply missing defaulted key with conflict
    apply apply-one {containerPorts: [{port: 80, protocol: TCP, name: foo}]}
    apply apply-two {containerPorts: [{port: 80, name: bar}]}
    conflicts apply-one .containerPorts[port=80,protocol="TCP"].name
    live {containerPorts: [{port: 80, protocol: TCP, name: foo}]}
    owns apply-one .containerPorts[port=80,protocol="TCP"] .containerPorts[port=80,protocol="TCP"].name .containerPorts[port=80,protocol="TCP"].port .containerPorts[port=80,protocol="TCP"].protocol

    # apply missing undefaulted defaulted key
    apply default {containerPorts: [{protocol: TCP, name: A}]}
    live {containerPorts: [{protocol: TCP, name: A}]}
    owns default .containerPorts[protocol="TCP"] .containerPorts[protocol="TCP"].name .containerPorts[protocol="TCP"].protocol

    # apply missing defaulted key A
    apply default {containerPorts: [{port: 80}]}
    live {containerPorts: [{port: 80}]}
    owns default .containerPorts[port=80,protocol="TCP"] .containerPorts[port=80,protocol="TCP"].port

    # apply missing defaulted key B
    apply default {containerPorts: [{port: 80}, {port: 80, protocol: UDP}]}
    live {containerPorts: [{port: 80}, {port: 80, protocol: UDP}]}
    owns default .containerPorts[port=80,protocol="TCP"] .containerPorts[port=80,protocol="UDP"] .containerPorts[port=80,protocol="TCP"].port .containerPorts[port=80,protocol="UDP"].port .containerPorts[port=80,protocol="UDP"].protocol

    # apply missing defaulted key ambiguous A
    apply default {containerPorts: [{port: 80}, {port: 80}]}
    fails failed to create typed patch object (/x; /v1, Kind=Thing): .containerPorts: duplicate entries for key [port=80,protocol="TCP"]
    live {}

    # apply missing defaulted key ambiguous B
    apply default {containerPorts: [{port: 80}, {port: 80, protocol: TCP}]}
    fails failed to create typed patch object (/x; /v1, Kind=Thing): .containerPorts: duplicate entries for key [port=80,protocol="TCP"]
    live {}
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: aStruct("Ports", { containerPorts: ports }) })).toEqual(lines);
  });
});

describe("keys that all have defaults", () => {
  const cases = transcripts(`
    # apply missing every key nested
    apply default {book: [{sentences: [{text: blah}]}]}
    live {book: [{sentences: [{text: blah}]}]}
    owns default .book[chapter=1,section="A"] .book[chapter=1,section="A"].sentences[line=3,page=2] .book[chapter=1,section="A"].sentences[line=3,page=2].text

    # apply integer key with float default
    apply default {book: [{sentences: [{text: blah}]}]}
    apply default {book: [{sentences: [{text: blah, page: 2}]}]}
    live {book: [{sentences: [{text: blah, page: 2}]}]}
    owns default .book[chapter=1,section="A"] .book[chapter=1,section="A"].sentences[line=3,page=2] .book[chapter=1,section="A"].sentences[line=3,page=2].page .book[chapter=1,section="A"].sentences[line=3,page=2].text
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: aStruct("Book", { book: chapters }) })).toEqual(lines);
  });
});

describe("elements that cannot be told apart", () => {
  const cases = transcripts(`
    # list merge unchanged duplicated item
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    apply applier {list: [{name: a, value1: 2}]}
    conflicts updater .list[name="a"]
    force applier {list: [{name: a, value1: 3}]}
    live {list: [{name: a, value1: 3}, {name: b, value1: 3}]}
    owns applier .list[name="a"] .list[name="a"].name .list[name="a"].value1
    owns (updater) .list .list[name="b"] .list[name="b"].name .list[name="b"].value1

    # list merge change duplicated item
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    apply applier {list: [{name: a, value1: 3}]}
    conflicts updater .list[name="a"]
    force applier {list: [{name: a, value1: 3}]}
    live {list: [{name: a, value1: 3}, {name: b, value1: 3}]}
    owns applier .list[name="a"] .list[name="a"].name .list[name="a"].value1
    owns (updater) .list .list[name="b"] .list[name="b"].name .list[name="b"].value1

    # list merge change non duplicated item
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    force applier {list: [{name: b, value1: 4}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 4}]}
    owns applier .list[name="b"] .list[name="b"].name .list[name="b"].value1
    owns (updater) .list .list[name="a"] .list[name="b"] .list[name="b"].name

    # list merge apply update duplicates apply without
    apply applier {list: [{name: a, value1: 1}, {name: b, value1: 3}]}
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    apply applier {list: [{name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    owns applier .list[name="b"] .list[name="b"].name .list[name="b"].value1
    owns (updater) .list[name="a"]

    # list ownership change fields duplicated items
    update updater-one {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    update updater-two {list: [{name: a, value1: 1}, {name: a, value1: 2, value2: 3}, {name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2, value2: 3}, {name: b, value1: 3}]}
    owns (updater-one) .list .list[name="b"] .list[name="b"].name .list[name="b"].value1
    owns (updater-two) .list[name="a"]

    # list ownership duplicated items
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    owns (updater) .list .list[name="a"] .list[name="b"] .list[name="b"].name .list[name="b"].value1

    # list ownership change duplicated items
    update updater-one {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    update updater-two {list: [{name: a, value1: 1}, {name: a, value1: 3}, {name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 3}, {name: b, value1: 3}]}
    owns (updater-one) .list .list[name="b"] .list[name="b"].name .list[name="b"].value1
    owns (updater-two) .list[name="a"]

    # list ownership add unrelated to list with duplicates
    update updater-one {list: [{name: a, value1: 1}, {name: a, value1: 2}]}
    update updater-two {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    owns (updater-one) .list .list[name="a"]
    owns (updater-two) .list[name="b"] .list[name="b"].name .list[name="b"].value1

    # sets ownership remove duplicate
    update updater-one {set: [1, 1, 3, 4]}
    update updater-two {set: [1, 3, 4]}
    live {set: [1, 3, 4]}
    owns (updater-one) .set .set[=3] .set[=4]
    owns (updater-two) .set[=1]

    # sets ownership add duplicate
    update updater-one {set: [1, 3, 4]}
    update updater-two {set: [1, 1, 3, 4]}
    live {set: [1, 1, 3, 4]}
    owns (updater-one) .set .set[=3] .set[=4]
    owns (updater-two) .set[=1]

    # sets merging remove duplicate
    update updater {set: [1, 1, 3, 4]}
    apply applier {set: [1]}
    conflicts updater .set[=1]
    force applier {set: [1]}
    live {set: [1, 3, 4]}
    owns applier .set[=1]
    owns (updater) .set .set[=3] .set[=4]

    # sets merging ignore duplicate
    update updater {set: [1, 1, 3, 4]}
    apply applier {set: [5]}
    live {set: [1, 1, 3, 4, 5]}
    owns applier .set[=5]
    owns (updater) .set .set[=1] .set[=3] .set[=4]

    # list ownership add duplicated items different field
    update updater-one {list: [{name: a, value1: 1}, {name: b, value1: 3}]}
    update updater-two {list: [{name: a, value1: 1}, {name: a, value2: 3}, {name: b, value1: 3}]}
    live {list: [{name: a, value1: 1}, {name: a, value2: 3}, {name: b, value1: 3}]}
    owns (updater-one) .list .list[name="b"] .list[name="b"].name .list[name="b"].value1
    owns (updater-two) .list[name="a"]

    # list merge unrelated with duplicated items
    update updater {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}]}
    force applier {unrelated: 5}
    live {list: [{name: a, value1: 1}, {name: a, value1: 2}, {name: b, value1: 3}], unrelated: 5}
    owns applier .unrelated
    owns (updater) .list .list[name="a"] .list[name="b"] .list[name="b"].name .list[name="b"].value1

    # sets ownership duplicates
    update updater-one {set: [1, 1, 3, 4]}
    live {set: [1, 1, 3, 4]}
    owns (updater-one) .set .set[=1] .set[=3] .set[=4]
  `);

  test.each(cases)("%s", (_name, lines) => {
    expect(replay(lines, { schema: doubled })).toEqual(lines);
  });
});
