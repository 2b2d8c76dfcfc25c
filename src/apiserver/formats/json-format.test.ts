import { describe, expect, test } from "bun:test";
import { jsonFormat, prettyJsonFormat, writeJsonList } from "./json-format.ts";
import { chainPieces } from "./slabs.ts";
import { yamlFormat } from "./yaml-format.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const json = Buffer.from('{"b":1,"a":[]}');
const head = { kind: "AList", apiVersion: "v1", metadata: {} };

describe("documents", () => {
  test.each([
    { name: "JSON, with the newline of Go's encoder", format: jsonFormat, want: '{"b":1,"a":[]}\n' },
    { name: "indented JSON", format: prettyJsonFormat, want: '{\n  "b": 1,\n  "a": []\n}' },
    { name: "YAML", format: yamlFormat, want: "a: []\nb: 1\n" },
  ])("in $name", ({ format, want }) => {
    expect(text(format.document(json))).toBe(want);
  });

  test("that are lists are made of their JSON", () => {
    const items = [json];
    const list = { head, items, pieces: () => writeJsonList(head, items) };
    expect(text(yamlFormat.list(list) as Uint8Array)).toBe(
      "apiVersion: v1\nitems:\n- a: []\n  b: 1\nkind: AList\nmetadata: {}\n",
    );
    expect(text(prettyJsonFormat.list(list) as Uint8Array)).toStartWith('{\n  "kind": "AList"');
  });
});

describe("writeJsonList", () => {
  test.each([0, 1, 3, 100_000])("writes %d items", (count) => {
    const list = writeJsonList(
      head,
      Array.from({ length: count }, () => Buffer.from("{}")),
    );
    const bytes = Buffer.concat([...list]);
    expect(list.length).toBe(bytes.length);
    expect(text(bytes)).toEndWith("]}\n");
    expect((JSON.parse(text(bytes)) as { items: object[] }).items).toHaveLength(count);
  });

  test("gives an item that is larger than a piece one of its own", () => {
    const large = Buffer.from(JSON.stringify("x".repeat(1_000_000)));
    const pieces = [...writeJsonList(head, [large, large])];
    const { items } = JSON.parse(text(Buffer.concat(pieces))) as { items: string[] };
    expect(items.map(({ length }) => length)).toEqual([1_000_000, 1_000_000]);
  });
});

test("events are lines", () => {
  expect(text(jsonFormat.stream?.event("ADDED", json) ?? json)).toBe(
    '{"type":"ADDED","object":{"b":1,"a":[]}}\n',
  );
});

test("chainPieces puts bytes and pieces behind each other", () => {
  const joined = chainPieces(Buffer.from("a"), chainPieces(Buffer.from("b"), Buffer.from("c")));
  expect([joined.length, text(Buffer.concat([...joined]))]).toEqual([3, "abc"]);
});
