import { ageColumn, nameColumn } from "#api/columns.ts";
import type { Column, Kind } from "#api/kind.ts";
import type { ListMeta, Table, TableColumnDefinition, TableRow } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { toPartialObjectMetadata } from "./partial-object-metadata.ts";

/** How much of each object a row carries besides its cells; `Metadata` is what clients get who do not say. */
export type IncludeObject = "Object" | "Metadata" | "None";

export interface TableOptions {
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
  readonly includeObject?: IncludeObject;
  /** False leaves out the column definitions, as in all but the first event of a watch. Default true. */
  readonly headers?: boolean;
  /** Metadata of the list that the objects are from. */
  readonly metadata?: ListMeta;
}

const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [nameColumn, ageColumn];

/** What `kubectl get` prints: the columns of the kind, and one row for each object. */
export function toTable(
  { columns = DEFAULT_COLUMNS }: Pick<Kind, "columns">,
  objects: readonly KubeObject[],
  { now, includeObject = "Metadata", headers = true, metadata = {} }: TableOptions,
): Table {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: headers ? columns.map(toDefinition) : [],
    rows: objects.map((object) => toRow(columns, object, now, includeObject)),
  };
}

function toDefinition(column: Column<KubeObject>): TableColumnDefinition {
  const { name, type, format, description = "", priority = 0 } = column;
  return { name, type, format: format ?? "", description, priority };
}

function toRow(
  columns: readonly Column<KubeObject>[],
  object: KubeObject,
  now: number,
  includeObject: IncludeObject,
): TableRow {
  const cells = columns.map(({ value }) => value(object, now) ?? null);
  switch (includeObject) {
    case "None":
      return { cells };
    case "Metadata":
      return { cells, object: toPartialObjectMetadata(object) };
    case "Object":
      return { cells, object };
  }
}
