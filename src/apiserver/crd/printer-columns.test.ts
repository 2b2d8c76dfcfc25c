import { expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { printerColumns } from "./printer-columns.ts";

const now = Date.parse("2026-01-01T00:02:00Z");
const object = {
  metadata: { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: {
    size: 3.7,
    small: 0.00001,
    count: 42,
    text: "3",
    list: [1, 2],
    map: { b: "<", a: 1 },
    flag: true,
    nothing: null,
    servers: [{ hosts: ["foo"] }, { hosts: ["bar", "baz"] }],
    soon: "2026-01-01T12:32:00Z",
    long: "2025-12-31T11:32:00.5+00:00",
    day: "2026-01-01",
    empty: "",
    zero: "0001-01-01T00:00:00Z",
  },
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
  ["integer", ".spec.count", 42],
  ["integer", ".spec.size", 3],
  ["integer", ".spec.flag", undefined],
  ["integer", ".spec.text", undefined],
  ["integer", ".spec.list", undefined],
  ["integer", ".spec.list[*]", 1],
  ["number", ".spec.count", 42],
  ["number", ".spec.size", 3.7],
  ["number", ".spec.flag", undefined],
  ["number", ".spec.text", undefined],
  ["boolean", ".spec.count", undefined],
  ["boolean", ".spec.flag", true],
  ["boolean", ".spec.text", undefined],
  ["boolean", ".spec.nothing", undefined],
  ["string", ".spec.text", "3"],
  ["string", ".spec.size", "3.7"],
  ["string", ".spec.small", "1e-05"],
  ["string", ".spec.flag", "true"],
  ["string", ".spec.list", "[1,2]"],
  ["string", ".spec.map", '{"a":1,"b":"\\u003c"}'],
  ["string", ".spec.nothing", "<no value>"],
  ["string", ".spec.missing", undefined],
  ["string", ".spec.servers[0].hosts[0]", "foo"],
  ["string", ".spec.servers[1].hosts", '["bar","baz"]'],
  ["string", ".spec.servers[*].hosts", '["foo"]'],
  ["string", ".spec.servers[2].hosts", undefined],
  ["date", ".spec.count", undefined],
  ["date", ".spec.flag", undefined],
  ["date", ".spec.long", "12h"],
  ["date", ".spec.soon", "<invalid>"],
  ["date", ".spec.day", "<invalid>"],
  ["date", ".spec.text", "<invalid>"],
  ["date", ".spec.empty", "<unknown>"],
  ["date", ".spec.zero", "<unknown>"],
  ["date", ".spec.nothing", undefined],
])("a column of type %s shows %s as %p", (type, path, want) => {
  expect(cellsOf([type, path])[1]).toEqual(want);
});

test("columns end where a path cannot be read", () => {
  expect(cellsOf(["string", ".spec.text"], ["string", ".a[?("], ["string", ".spec.size"])).toEqual([
    "a",
    "3",
  ]);
});
