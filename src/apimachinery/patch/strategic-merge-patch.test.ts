import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { aField, aListOf, aMapOf, aScalar, aStruct } from "#testing/schema.ts";
import { StatusError } from "../status-error.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const text = aScalar("string");
const port = aStruct("Port", { port: aScalar("int32"), name: text });
const container = aStruct("Container", {
  name: text,
  image: text,
  command: aListOf(text),
  ports: aField(aListOf(port), { patchStrategy: ["merge"], patchMergeKey: "port" }),
});
const schema = aStruct("Spec", {
  name: text,
  labels: aMapOf(text),
  finalizers: aField(aListOf(text), { patchStrategy: ["merge"] }),
  empty: aField(aListOf(text), { patchStrategy: ["merge"] }),
  containers: aField(aListOf(container), { patchStrategy: ["merge"], patchMergeKey: "name" }),
  keyless: aField(aListOf(port), { patchStrategy: ["merge"] }),
  raw: aField(aStruct("Raw", { a: text }), { patchStrategy: ["replace"] }),
  strategy: aField(aStruct("Strategy", { type: text, rolling: aMapOf(text) }), {
    patchStrategy: ["retainKeys"],
  }),
});

const live = {
  name: "web",
  labels: { a: "1", b: "2" },
  finalizers: ["x", "y"],
  empty: [],
  containers: [
    { name: "one", image: "i1", command: ["sh", "-c"], ports: [{ port: 80, name: "http" }, { port: 443 }] },
    { name: "two", image: "i2" },
    { name: "three", image: "i3" },
  ],
  raw: { a: "1" },
  strategy: { type: "RollingUpdate", rolling: { surge: "1" } },
};

function names(list: unknown): string[] {
  return (list as { name: string }[]).map(({ name }) => name);
}

describe("applyStrategicMergePatch", () => {
  const cases: { name: string; patch: object; want: object }[] = [
    {
      name: "sets and removes fields",
      patch: { name: "db", labels: { a: null, c: "3" } },
      want: { name: "db", labels: { b: "2", c: "3" } },
    },
    {
      name: "replaces lists without a merge strategy",
      patch: { containers: [{ name: "one", command: ["x"] }] },
      want: {
        containers: [{ ...live.containers[0], command: ["x"] }, live.containers[1], live.containers[2]],
      },
    },
    {
      name: "merges scalars of a list",
      patch: { finalizers: ["z", "y"] },
      want: { finalizers: ["z", "x", "y"] },
    },
    {
      name: "deletes scalars of a list",
      patch: { "$deleteFromPrimitiveList/finalizers": ["x", "none"] },
      want: { finalizers: ["y"] },
    },
    {
      name: "empties a list by a deletion of null",
      patch: { "$deleteFromPrimitiveList/finalizers": null },
      want: { finalizers: undefined },
    },
    {
      name: "ignores deletions from a list that is not there",
      patch: { "$deleteFromPrimitiveList/keyless": ["x"] },
      want: {},
    },
    {
      name: "merges nested lists by their keys",
      patch: { containers: [{ name: "one", ports: [{ port: 443, name: "https" }, { port: 8080 }] }] },
      want: {
        containers: [
          {
            ...live.containers[0],
            ports: [{ port: 80, name: "http" }, { port: 443, name: "https" }, { port: 8080 }],
          },
          live.containers[1],
          live.containers[2],
        ],
      },
    },
    {
      name: "deletes an element",
      patch: { containers: [{ name: "two", $patch: "delete" }] },
      want: { containers: [live.containers[0], live.containers[2]] },
    },
    {
      name: "replaces a list",
      patch: { containers: [{ $patch: "replace" }, { name: "new" }] },
      want: { containers: [{ name: "new" }] },
    },
    {
      name: "replaces a map",
      patch: { labels: { $patch: "replace", z: "1" } },
      want: { labels: { z: "1" } },
    },
    { name: "empties a map", patch: { labels: { $patch: "delete" } }, want: { labels: {} } },
    {
      name: "replaces what the schema says is replaced",
      patch: { raw: { b: "2" } },
      want: { raw: { b: "2" } },
    },
    {
      name: "drops what is not retained",
      patch: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
      want: { strategy: { type: "Recreate" } },
    },
    {
      name: "takes nulls and directives out of what is new",
      patch: {
        keyless: [
          { port: 1, name: null },
          { port: 2, $patch: "delete" },
        ],
      },
      want: { keyless: [{ port: 1 }] },
    },
    { name: "replaces a value of another type", patch: { labels: "x" }, want: { labels: "x" } },
  ];

  test.each(cases)("$name", ({ patch, want }) => {
    const before = JSON.stringify([live, patch]);
    expect(applyStrategicMergePatch(live, patch, schema)).toEqual({ ...live, ...want });
    expect(JSON.stringify([live, patch])).toBe(before);
  });

  const order = (...list: string[]): { name: string }[] => list.map((name) => ({ name }));
  test.each<[name: string, patch: object, want: string[]]>([
    ["reorders", { "$setElementOrder/containers": order("three", "one", "two") }, ["three", "one", "two"]],
    [
      "keeps others between their neighbours",
      { "$setElementOrder/containers": order("three", "one") },
      ["two", "three", "one"],
    ],
    [
      "puts new elements where the order wants them",
      { "$setElementOrder/containers": order("new", "one", "two", "three"), containers: [{ name: "new" }] },
      ["new", "one", "two", "three"],
    ],
    [
      "orders what remains after a deletion",
      {
        "$setElementOrder/containers": order("three", "one"),
        containers: [{ name: "two", $patch: "delete" }],
      },
      ["three", "one"],
    ],
    [
      "keeps the order of the patch",
      { containers: [{ name: "b" }, { name: "a" }, { name: "one", image: "x" }] },
      ["b", "a", "one", "two", "three"],
    ],
    [
      "lets a new element take the live place of a deleted one",
      {
        "$setElementOrder/containers": order("two", "new"),
        containers: [{ name: "new" }, { name: "one", $patch: "delete" }],
      },
      ["two", "three", "new"],
    ],
  ])("%s", (_name, patch, want) => {
    expect(names(applyStrategicMergePatch(live, patch, schema)["containers"])).toEqual(want);
  });

  test("orders scalars", () => {
    const patch = { "$setElementOrder/finalizers": ["z", "y", "x"], finalizers: ["z"] };
    expect(applyStrategicMergePatch(live, patch, schema)["finalizers"]).toEqual(["z", "y", "x"]);
  });

  test.each<[patch: object, code: number, message: string]>([
    [{ containers: [{ image: "x" }] }, 500, "map: map[image:x] does not contain declared merge key: name"],
    [
      { containers: [{ name: "one", $patch: "merge" }] },
      500,
      "merging lists cannot yet be specified in the patch",
    ],
    [
      { containers: [{ name: "one", $patch: "drop" }] },
      500,
      "unknown patch type: drop in map: map[$patch:drop name:one]",
    ],
    [{ labels: { $patch: "merge" } }, 500, "unknown patch type: merge in map: map[$patch:merge]"],
    [{ containers: ["one"] }, 500, "list element types are not identical"],
    [{ containers: [["one"]] }, 500, "list element types are not identical: [[map["],
    [{ strategy: { $retainKeys: "type" } }, 400, "invalid patch format of retainKeys"],
    [{ strategy: { $retainKeys: [], type: "x" } }, 400, "invalid patch format of retainKeys"],
    [{ $deleteFromPrimitiveList: ["x"] }, 400, "invalid patch format of primitive list"],
    [{ $setElementOrder: ["x"] }, 400, "invalid patch format of setElementOrder list"],
    [{ "$setElementOrder/finalizers": "x" }, 500, "expected a []interface {}, but received a string"],
    [{ "$setElementOrder/finalizers": null }, 500, "expected a []interface {}, but received a %!s(<nil>)"],
    [{ "$setElementOrder/containers": ["one"] }, 500, "value for key 0 is not a map"],
    [{ labels: { $patch: 1 } }, 500, "unknown patch type: %!s(int64=1) in map: map[$patch:1]"],
    [
      { "$setElementOrder/none": [] },
      500,
      'unable to find api field in struct Spec for the json field "none"',
    ],
    [
      { "$setElementOrder/finalizers": ["x", "y"], finalizers: ["y", "x"] },
      500,
      "The order in patch list:\n[y x]\n doesn't match $setElementOrder list:\n[x y]\n",
    ],
    [{ empty: [["x"]] }, 422, "the server rejected our request due to an error in our request"],
    [{ "$setElementOrder/empty": ["x"] }, 500, "no elements in any of the given slices"],
  ])("%j is refused", (patch, code, message) => {
    let error: unknown;
    try {
      applyStrategicMergePatch(live, patch, schema);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(StatusError);
    expect((error as StatusError).status.code).toBe(code);
    expect((error as StatusError).message).toContain(message);
  });

  test("a list of objects without a merge key cannot be merged", () => {
    const document = { keyless: [{ port: 1 }] };
    expect(() => applyStrategicMergePatch(document, { keyless: [{ port: 2 }] }, schema)).toThrow(
      "cannot merge lists without merge key for struct",
    );
  });

  test("anything but an object is no patch", () => {
    expect(() => applyStrategicMergePatch(live, [], schema)).toThrow("invalid JSON document");
  });

  test("applying a patch twice changes nothing more", () => {
    const element = fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.string() });
    const unique = fc.uniqueArray(element, { selector: ({ name }) => name });
    const object = fc.record(
      { name: fc.string(), containers: unique, finalizers: fc.uniqueArray(fc.constantFrom("x", "y", "z")) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(object, object, (document, patch) => {
        const once = applyStrategicMergePatch(document, patch, schema);
        expect(applyStrategicMergePatch(once, patch, schema)).toEqual(once);
      }),
    );
  });
});
