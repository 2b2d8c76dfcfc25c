import { expect, test } from "bun:test";
import { type DottedPath, getPath, setPath } from "./dotted-path.ts";

const object = { spec: { replicas: 3, template: { "a.b": "c" } }, status: { ready: true }, list: [1] };

test.each<[path: DottedPath, want: unknown]>([
  ["spec.replicas", 3],
  [".spec.replicas", 3],
  [["spec", "template", "a.b"], "c"],
  ["spec.none", undefined],
  ["spec.replicas.deep", undefined],
  ["list.0", undefined],
  ["constructor", undefined],
  ["none.deep", undefined],
])("getPath %p", (path, want) => {
  expect(getPath(object, path)).toBe(want);
});

test("setPath copies the path and shares the rest", () => {
  const next = setPath(object, "spec.replicas", 5);
  expect(next).toEqual({ ...object, spec: { ...object.spec, replicas: 5 } });
  expect(next.status).toBe(object.status);
  expect(object.spec.replicas).toBe(3);
});

test("setPath makes what is missing and refuses to replace a value by an object", () => {
  expect(setPath<unknown>({}, "a.b.c", 1)).toEqual({ a: { b: { c: 1 } } });
  expect(() => setPath(object, "spec.replicas.deep", 1)).toThrow('Cannot set field "deep" of a value');
});
