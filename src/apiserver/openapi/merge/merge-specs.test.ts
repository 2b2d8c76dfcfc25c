import { describe, expect, test } from "bun:test";
import { filterPaths } from "./filter-paths.ts";
import { mergeSpecs } from "./merge-specs.ts";
import { readV2Spec, type V2Spec, withOwnParameters } from "./v2-spec.ts";

const KINDS = "x-kubernetes-group-version-kind";

/** Paths with the definition that each refers to, and definitions with what they are. */
function spec(
  paths: Readonly<Record<string, string>>,
  definitions: V2Spec["definitions"],
  parameters: V2Spec["parameters"] = {},
): V2Spec {
  const items = Object.entries(paths).map(([path, name]) => [path, { get: { schema: reference(name) } }]);
  return { paths: Object.fromEntries(items), definitions, parameters };
}

const reference = (name: string) => ({ $ref: `#/definitions/${name}` });
const fields = (...names: readonly string[]) => ({
  properties: Object.fromEntries(names.map((name) => [name, {}])),
});
const kindOf = (...kinds: readonly string[]) => ({
  [KINDS]: kinds.map((kind) => ({ group: "", version: "v1", kind })),
});

const referred = ({ paths }: V2Spec, path: string): unknown =>
  (paths[path] as { get: { schema: unknown } } | undefined)?.get.schema;

describe("filterPaths", () => {
  test("drops definitions that only dropped paths have used, however indirectly", () => {
    const definitions = {
      Kept: { properties: { inner: reference("Inner") } },
      Inner: fields("a"),
      Dropped: { properties: { own: reference("Own"), inner: reference("Inner") } },
      Own: fields("b"),
      Unused: fields("c"),
    };
    const filtered = filterPaths(
      spec({ "/a": "Kept", "/b": "Dropped" }, definitions),
      (path) => path === "/a",
    );
    expect(Object.keys(filtered.paths)).toEqual(["/a"]);
    expect(Object.keys(filtered.definitions)).toEqual(["Kept", "Inner", "Unused"]);
  });

  test("follows definitions that refer to themselves", () => {
    const definitions = { Tree: { items: reference("Tree") } };
    const whole = spec({ "/a": "Tree" }, definitions);
    expect(filterPaths(whole, () => true)).toEqual(whole);
  });
});

describe("mergeSpecs", () => {
  const first = spec({ "/first": "Test" }, { Test: fields("id") });

  test("puts both together", () => {
    const merged = mergeSpecs(first, spec({ "/second": "Other" }, { Other: fields("name") }));
    expect(Object.keys(merged.paths)).toEqual(["/first", "/second"]);
    expect(Object.keys(merged.definitions)).toEqual(["Test", "Other"]);
  });

  test("has a definition once that both have", () => {
    const merged = mergeSpecs(first, spec({ "/second": "Test" }, { Test: fields("id") }));
    expect(Object.keys(merged.definitions)).toEqual(["Test"]);
  });

  test("tells of all kinds that one definition is of", () => {
    const own = spec({ "/first": "Options" }, { Options: { ...fields("id"), ...kindOf("A", "C") } });
    const other = spec({ "/second": "Options" }, { Options: { ...fields("id"), ...kindOf("B", "C") } });
    expect(mergeSpecs(own, other).definitions).toEqual({
      Options: { ...fields("id"), ...kindOf("A", "B", "C") },
    });
  });

  test("renames another definition of the same name, wherever it is referred to", () => {
    const definitions = { Test: fields("name"), List: { items: reference("Test") } };
    const merged = mergeSpecs(first, spec({ "/second": "Test", "/list": "List" }, definitions));
    expect(Object.keys(merged.definitions)).toEqual(["Test", "Test_v2", "List"]);
    expect(merged.definitions["List"]).toEqual({ items: reference("Test_v2") });
    expect([referred(merged, "/first"), referred(merged, "/second")]).toEqual([
      reference("Test"),
      reference("Test_v2"),
    ]);
  });

  test.each([
    ["the first document has, as another one", { Test_v2: fields("x") }, {}, "Test_v3"],
    ["the first document has, as the same one", { Test_v2: fields("name") }, {}, "Test_v2"],
    ["the second document has", {}, { Test_v2: fields("x") }, "Test_v3"],
  ])("finds a new name beside one that %s", (_name, mine, theirs, expected) => {
    const own = spec({ "/first": "Test" }, { Test: fields("id"), ...mine });
    const other = spec({ "/second": "Test" }, { Test: fields("name"), ...theirs });
    expect(referred(mergeSpecs(own, other), "/second")).toEqual(reference(expected));
  });

  test("keeps the first document's path when both have it, and nothing that only the other one used", () => {
    const other = spec(
      { "/first": "Stranger", "/second": "Other" },
      { Stranger: fields("s"), Other: fields("o") },
    );
    const merged = mergeSpecs(first, other);
    expect(referred(merged, "/first")).toEqual(reference("Test"));
    expect(Object.keys(merged.definitions)).toEqual(["Test", "Other"]);
  });

  test("is the first document when the other has no path of its own", () => {
    expect(mergeSpecs(first, spec({ "/first": "Stranger" }, { Stranger: fields("s") }))).toBe(first);
    expect(mergeSpecs(first, spec({}, { Stranger: fields("s") }))).toBe(first);
  });

  test("changes neither of the two", () => {
    const other = spec({ "/second": "Test" }, { Test: fields("name") });
    const before = structuredClone([first, other]);
    mergeSpecs(first, other);
    expect([first, other]).toEqual(before);
  });
});

describe("shared parameters", () => {
  const shared = (name: string) => ({ $ref: `#/parameters/${name}` });
  const withParameter = (path: string, name: string, parameter: object): V2Spec => ({
    paths: { [path]: { parameters: [shared(name)] } },
    definitions: {},
    parameters: { [name]: { ...parameter } },
  });
  const pretty = { in: "query", name: "pretty", type: "string" };

  test("are there once when both documents have them", () => {
    const merged = mergeSpecs(withParameter("/a", "p", pretty), withParameter("/b", "p", pretty));
    expect(merged.parameters).toEqual({ p: pretty });
    expect(merged.paths["/b"]).toEqual({ parameters: [shared("p")] });
  });

  test("get a new name when they are others", () => {
    const other = { ...pretty, description: "Pretty." };
    const merged = mergeSpecs(withParameter("/a", "p", pretty), withParameter("/b", "p", other));
    expect(merged.parameters).toEqual({ p: pretty, p_v2: other });
    expect(merged.paths["/b"]).toEqual({ parameters: [shared("p_v2")] });
  });

  test("keep the definitions that they refer to", () => {
    const body = { in: "body", name: "body", schema: reference("Options") };
    const whole = { ...withParameter("/a", "body", body), definitions: { Options: fields("a") } };
    expect(filterPaths(whole, (path) => path === "/a").definitions).toEqual(whole.definitions);
    expect(filterPaths(whole, () => false).definitions).toEqual({});
  });

  test("can be put where they belong", () => {
    const document = withParameter("/a", "p", pretty);
    const gone = { ...document, paths: { ...document.paths, "/b": { parameters: [shared("gone")] } } };
    expect(withOwnParameters(readV2Spec(JSON.stringify(gone)))).toEqual({
      "/a": { parameters: [pretty] },
      "/b": { parameters: [shared("gone")] },
    });
  });
});
