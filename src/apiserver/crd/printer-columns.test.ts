import { expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { printerColumns } from "./printer-columns.ts";

const now = Date.parse("2026-01-01T00:02:00Z");
const object = {
  metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { size: 3.7, text: "3", list: [1, 2], flag: true, when: "soon" },
} as unknown as KubeObject;

function cellsOf(...columns: readonly [type: string, jsonPath: string][]): readonly unknown[] {
  const declared = columns.map(([type, jsonPath]) => ({ name: "Column", type, jsonPath }));
  return printerColumns(declared).map(({ value }) => value(object, now));
}

test("a version without columns shows name and age", () => {
  expect(printerColumns().map(({ name }) => name)).toEqual(["Name", "Age"]);
  expect(printerColumns().map(({ value }) => value(object, now))).toEqual(["a", "2m"]);
});

test.each<[string, string, unknown]>([
  ["integer", ".spec.size", 3],
  ["number", ".spec.size", 3.7],
  ["integer", ".spec.text", undefined],
  ["string", ".spec.text", "3"],
  ["string", ".spec.size", "3.7"],
  ["string", ".spec.list", "[1,2]"],
  ["boolean", ".spec.flag", true],
  ["date", ".spec.when", "<invalid>"],
  ["string", ".spec.nothing", undefined],
])("a column of type %s shows %s as %p", (type, path, want) => {
  expect(cellsOf([type, path])[1]).toEqual(want);
});

test("a path that makes no sense leaves only the name", () => {
  expect(cellsOf(["string", ".a[?("])).toEqual(["a"]);
});
