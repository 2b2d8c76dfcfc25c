import { expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import { aControllerRevision } from "#testing/workloads.ts";
import { controllerRevision } from "./controllerrevision.ts";

test.each<{ data: unknown; want: string[] }>([
  { data: { spec: {} }, want: [] },
  { data: null, want: ["data: Required value: data is mandatory"] },
  { data: [1], want: ["data: Required value: data must be a valid JSON object"] },
  { data: "x", want: ["data: Required value: data must be a valid JSON object"] },
])("validate judges the data $data", ({ data, want }) => {
  expect(errorTexts(controllerRevision.validate?.(aControllerRevision("a", { data })))).toEqual(want);
});

test("the number may change, the data not", () => {
  const stored = aControllerRevision("a");
  expect(controllerRevision.validateUpdate?.(aControllerRevision("a", { revision: 2 }), stored)).toEqual([]);
  const next = aControllerRevision("a", { revision: -1, data: { spec: { a: 1 } } });
  expect(errorTexts(controllerRevision.validateUpdate?.(next, stored))).toEqual([
    "revision: Invalid value: -1: must be greater than or equal to 0",
    'data: Invalid value: {"spec":{"a":1}}: field is immutable',
  ]);
});

test("the table names the controller", () => {
  const owner = { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: "1", controller: true };
  expect(rowOf(controllerRevision, aControllerRevision("db-1", { ownerReferences: [owner] }))).toMatchObject({
    Controller: "statefulset.apps/db",
    Revision: 1,
  });
  expect(rowOf(controllerRevision, aControllerRevision("a"))).toMatchObject({ Controller: "<none>" });
});
