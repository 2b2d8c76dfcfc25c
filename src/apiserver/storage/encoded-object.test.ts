import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseExactJson } from "#apimachinery/exact-json.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { Entry } from "#store/store.ts";
import { listStart } from "../formats/json-format.ts";
import type { ListHead } from "../formats/wire-format.ts";
import { decodeObject, encodeObject, objectBytes, withResourceVersion } from "./encoded-object.ts";
import { ListBytes } from "./list-bytes.ts";

/** Objects whose texts look like what the code searches for. */
const tricky = fc.oneof(fc.string(), fc.constant('"metadata":{'), fc.constant("ä\u2028€"));
const objects: fc.Arbitrary<KubeObject> = fc
  .record({
    name: tricky,
    labels: fc.dictionary(tricky, tricky),
    stale: fc.option(fc.constant("17"), { nil: undefined }),
    data: fc.dictionary(tricky, fc.jsonValue()),
  })
  .map(({ name, labels, stale, data }) => ({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name, uid: "u", labels, ...(stale !== undefined && { resourceVersion: stale }) },
    data,
  }));
const revisions = fc.integer({ min: 1, max: 2 ** 40 });

test("bytes with a resourceVersion are those of the object with it", () => {
  fc.assert(
    fc.property(objects, revisions, (object, revision) => {
      const value = encodeObject(object);
      const expected = withResourceVersion(object, revision);
      expect(objectBytes(value, revision).toString()).toBe(JSON.stringify(expected));
      expect(withResourceVersion(decodeObject(value), revision)).toEqual(
        parseExactJson(JSON.stringify(expected)) as KubeObject,
      );
    }),
  );
});

test("what is stored has no resourceVersion", () => {
  const object = { kind: "A", apiVersion: "v1", metadata: { resourceVersion: "5", name: "a", uid: "u" } };
  expect(Buffer.from(encodeObject(object)).toString()).toBe(
    '{"kind":"A","apiVersion":"v1","metadata":{"name":"a","uid":"u"}}',
  );
});

test("lists are those of the objects, with or without their type", () => {
  const head = { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion: "9", continue: "ä" } };
  fc.assert(
    fc.property(fc.array(fc.tuple(objects, revisions), { maxLength: 4 }), (pairs) => {
      const entries = pairs.map(
        ([object, revision]): Entry => ({
          key: "",
          value: encodeObject(object),
          createRevision: 1,
          revision,
        }),
      );
      const items = pairs.map(([object, revision]) => withResourceVersion(object, revision));
      expect(listText(head, entries, "whole")).toBe(`${JSON.stringify({ ...head, items })}\n`);
      const untyped = items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
      expect(listText(head, entries, "withoutType")).toBe(`${JSON.stringify({ ...head, items: untyped })}\n`);
    }),
  );
});

function listText(head: ListHead, entries: readonly Entry[], part: "whole" | "withoutType"): string {
  const list = new ListBytes(listStart(head), entries, part);
  const text = Buffer.concat([...list]);
  expect(list.length).toBe(text.length);
  return text.toString();
}

test("a long list comes in pieces", () => {
  const value = encodeObject({
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: { name: "a", uid: "u", annotations: { x: "y".repeat(10_000) } },
  });
  const entries = Array.from({ length: 100 }, (_, index) => ({
    key: String(index),
    value,
    createRevision: 1,
    revision: index + 1,
  }));
  const list = new ListBytes('{"items":[', entries, "whole");
  const pieces = Array.from(list, (piece) => Buffer.from(piece));
  expect(pieces.length).toBeGreaterThan(3);
  const parsed = JSON.parse(Buffer.concat(pieces).toString()) as { items: KubeObject[] };
  expect(parsed.items.map(({ metadata }) => metadata.resourceVersion)).toEqual(
    entries.map(({ revision }) => String(revision)),
  );
});

test("bytes of something else are not taken for an object", () => {
  expect(() => objectBytes(Buffer.from("{}"), 1)).toThrow(SyntaxError);
});
