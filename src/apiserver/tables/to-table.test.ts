import { describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import { toPartialObjectMetadataList } from "./partial-object-metadata.ts";
import { toTable } from "./to-table.ts";

const now = Date.parse("2026-01-01T00:02:00Z");

const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "a", namespace: "default", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
  type: "Opaque",
} as KubeObject;

describe("toTable", () => {
  test("shows name and age of kinds without columns", () => {
    const { columnDefinitions, rows } = toTable({}, [secret], { now });
    expect(columnDefinitions.map(({ name, format }) => [name, format])).toEqual([
      ["Name", "name"],
      ["Age", ""],
    ]);
    expect(rows.map(({ cells }) => cells)).toEqual([["a", "2m"]]);
  });

  test("shows the columns of the kind, an absent cell as null", () => {
    const columns = [
      { name: "Type", type: "string", value: (object: KubeObject) => (object as { type?: string }).type },
      { name: "Size", type: "integer", priority: 1, description: "How big", value: () => undefined },
    ] as const;
    expect(toTable({ columns }, [secret], { now, includeObject: "None" })).toEqual({
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: {},
      columnDefinitions: [
        { name: "Type", type: "string", format: "", description: "", priority: 0 },
        { name: "Size", type: "integer", format: "", description: "How big", priority: 1 },
      ],
      rows: [{ cells: ["Opaque", null] }],
    });
  });

  test.each([
    ["Object", secret],
    ["Metadata", { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: secret.metadata }],
    ["None", undefined],
  ] as const)("carries %s in its rows", (includeObject, want) => {
    expect(toTable({}, [secret], { now, includeObject }).rows[0]?.object).toEqual(want);
  });

  test("leaves out the headers of later watch events and keeps the list's metadata", () => {
    const metadata = { resourceVersion: "7", continue: "token", remainingItemCount: 3 };
    const table = toTable({}, [], { now, headers: false, metadata });
    expect([table.columnDefinitions, table.rows, table.metadata]).toEqual([[], [], metadata]);
  });
});

test("toPartialObjectMetadataList keeps only metadata", () => {
  const list = { kind: "SecretList", apiVersion: "v1", metadata: { resourceVersion: "7" }, items: [secret] };
  expect(toPartialObjectMetadataList(list)).toEqual({
    kind: "PartialObjectMetadataList",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion: "7" },
    items: [{ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: secret.metadata }],
  });
});
