import { describe, expect, test } from "bun:test";
import type { Kind } from "#api/kind.ts";
import { builtInResource } from "#api/resource.ts";
import { BuiltInSchemas } from "#api/schemas.ts";
import type { Table } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { bytesOf } from "#https/answer.ts";
import { aConfigMap } from "#testing/objects.ts";
import { KindRegistry } from "../registry/kind-registry.ts";
import { listResponse } from "../storage/responses.ts";
import type { Transform } from "./output-format.ts";
import { TableTransform } from "./table-transform.ts";

const schemas = new BuiltInSchemas();
const resource = builtInResource("", "v1", "ConfigMap");
const columns = [
  { name: "Name", type: "string", value: ({ metadata }: KubeObject) => metadata.name },
  { name: "Data", type: "integer", value: (object: KubeObject) => Object.keys(dataOf(object)).length },
] as const;
const kind: Kind = { resource, columns };
const object = aConfigMap("a", { data: { x: "1", y: "2" } });
const { metadata } = object;
const list = { apiVersion: "v1", kind: "ConfigMapList", metadata: { resourceVersion: "7" }, items: [object] };

function dataOf(value: KubeObject): object {
  return (value as { data?: object }).data ?? {};
}

function tables(query = "", version: Transform["version"] = "v1", of = kind): TableTransform {
  const served = new KindRegistry([of], (each) => schemas.ofResource(each)).get(resource);
  return new TableTransform({ version }, new URLSearchParams(query), { served, now: () => 0 });
}

describe("TableTransform", () => {
  test.each([
    ["", { object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata } }],
    ["includeObject=Metadata", { object: { kind: "PartialObjectMetadata", metadata } }],
    ["includeObject=Object", { object }],
    ["includeObject=None", {}],
  ])("makes a table of a list, with the list's metadata: %p", (query, row) => {
    const table: unknown = JSON.parse(bytesOf(tables(query).list(listResponse(list)).pieces()).toString());
    expect(table).toMatchObject({
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: "7" },
      columnDefinitions: [{ name: "Name" }, { name: "Data" }],
      rows: [{ cells: ["a", 2], ...row }],
    });
    expect(table).toHaveProperty("rows.length", 1);
    expect(table).toHaveProperty("rows.0", query.endsWith("None") ? { cells: ["a", 2] } : expect.anything());
  });

  test("lets rows say more than their cells, and come in another order", () => {
    const conditions = [{ type: "Completed", status: "True" }];
    const compareRows = (a: KubeObject, b: KubeObject) => (a.metadata.name < b.metadata.name ? 1 : -1);
    const items = [object, aConfigMap("b")];
    const rowsOf = (of: Kind): unknown => {
      const response = listResponse({ ...list, items });
      const { rows } = JSON.parse(bytesOf(tables("", "v1", of).list(response).pieces()).toString()) as Table;
      return rows;
    };
    const row = (name: string) => ({ cells: expect.arrayContaining([name]), object: { metadata: { name } } });
    expect(rowsOf({ ...kind, rowConditions: () => conditions })).toMatchObject([
      { ...row("a"), conditions },
      { ...row("b"), conditions },
    ]);
    expect(rowsOf({ ...kind, compareRows })).toMatchObject([row("b"), row("a")]);
  });

  test("makes a table of one object, in the version that is asked for", () => {
    expect(tables("", "v1beta1").object(object)).toMatchObject({
      apiVersion: "meta.k8s.io/v1beta1",
      rows: [{ cells: ["a", 2], object: { kind: "PartialObjectMetadata" } }],
    });
  });

  test("shows name and age of an object of another kind than the resource's", () => {
    const other = { ...object, kind: "Other" };
    expect(tables().object(other)).toMatchObject({
      columnDefinitions: [{ name: "Name" }, { name: "Age" }],
    });
  });

  test("shows the counts of a scale", () => {
    const counts = { spec: { replicas: 3 }, status: { replicas: 2 } };
    const scale = { ...object, kind: "Scale", apiVersion: "autoscaling/v1", ...counts };
    expect(tables().object(scale)).toMatchObject({
      columnDefinitions: [{ name: "Name" }, { name: "Desired" }, { name: "Available" }, { name: "Age" }],
      rows: [{ cells: ["a", 3, 2, "<unknown>"] }],
    });
  });

  test("gives headers to the first event of a watch only, and no cells to bookmarks", () => {
    const table = tables();
    expect(table.watched("ADDED", object, { isFirst: true })).toMatchObject({
      columnDefinitions: [{ name: "Name" }, { name: "Data" }],
    });
    expect(table.watched("MODIFIED", object, { isFirst: false })).toMatchObject({
      columnDefinitions: [],
      rows: [{ cells: ["a", 2] }],
    });
    const changed = { ...object, metadata: { ...metadata, resourceVersion: "8" } };
    expect(table.watched("MODIFIED", changed, { isFirst: false })).toMatchObject({
      metadata: { resourceVersion: "8" },
    });
    const bookmark = {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: "9" },
    } as KubeObject;
    expect(table.watched("BOOKMARK", bookmark, { isFirst: false })).toMatchObject({
      metadata: { resourceVersion: "9" },
      rows: [{ cells: [], object: { metadata: { resourceVersion: "9" } } }],
    });
  });

  test("leaves a Status alone", () => {
    const status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
    } as unknown as KubeObject;
    expect(tables().object(status)).toBe(status);
  });

  test("refuses an unknown includeObject", () => {
    expect(() => tables("includeObject=All")).toThrow(
      "Unable to convert to Table as requested: includeObject: Invalid value: \"All\": must be 'Metadata', 'Object', 'None', or empty",
    );
  });
});
