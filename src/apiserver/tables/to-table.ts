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

/** What a kind says of its tables. */
export type TableKind = Pick<Kind, "columns" | "rowConditions" | "compareRows">;

const DEFAULT_COLUMNS: readonly Column<KubeObject>[] = [nameColumn, ageColumn];

/** What `kubectl get` prints: the columns of the kind, and one row for each object. */
export function toTable(
  { columns = DEFAULT_COLUMNS, rowConditions, compareRows }: TableKind,
  objects: readonly KubeObject[],
  { now, includeObject = "Metadata", headers = true, metadata = {} }: TableOptions,
): Table {
  const sorted = compareRows === undefined ? objects : objects.toSorted(compareRows);
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: headers ? columns.map(toDefinition) : [],
    rows: sorted.map((object) => ({
      cells: columns.map(({ value }) => value(object, now) ?? null),
      ...conditionsOf(rowConditions?.(object)),
      ...objectOf(object, includeObject),
    })),
  };
}

function toDefinition(column: Column<KubeObject>): TableColumnDefinition {
  const { name, type, format, description = "", priority = 0 } = column;
  return { name, type, format: format ?? "", description, priority };
}

function conditionsOf(conditions: TableRow["conditions"]): Pick<TableRow, "conditions"> {
  return conditions === undefined ? {} : { conditions };
}

function objectOf(object: KubeObject, includeObject: IncludeObject): Pick<TableRow, "object"> {
  switch (includeObject) {
    case "None":
      return {};
    case "Metadata":
      return { object: toPartialObjectMetadata(object) };
    case "Object":
      return { object };
  }
}
