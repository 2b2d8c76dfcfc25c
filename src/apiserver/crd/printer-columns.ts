/** Columns of tables that a definition declares (upstream pkg/registry/customresource/tableconvertor). */
import { formatAge, nameColumn } from "#api/columns.ts";
import type { CustomResourceColumnDefinition } from "#api/generated/apiextensions-v1.ts";
import type { Column } from "#api/kind.ts";
import { goJson } from "#apimachinery/go-text.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { compileJsonPath, type JsonPath, JsonPathError } from "./json-path.ts";

/** What versions have that declare no columns (upstream pkg/apiserver/helpers.go). */
const AGE: CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description:
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  jsonPath: ".metadata.creationTimestamp",
};

const NAME: Column<KubeObject> = {
  ...nameColumn,
  description:
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
};

/** The columns of one version; only the name when one of them makes no sense. */
export function printerColumns(
  columns: readonly CustomResourceColumnDefinition[] = [],
): readonly Column<KubeObject>[] {
  const declared = columns.length === 0 ? [AGE] : columns;
  try {
    return [NAME, ...declared.map(toColumn)];
  } catch (error) {
    if (error instanceof JsonPathError) return [NAME];
    throw error;
  }
}

function toColumn(column: CustomResourceColumnDefinition): Column<KubeObject> {
  const { name, type, format, description = "", priority, jsonPath } = column;
  const find = compileJsonPath(jsonPath);
  const byDefault = `Custom resource definition column (in JSONPath format): ${jsonPath}`;
  return {
    name,
    // Validation has let nothing else pass.
    type: type as Column<KubeObject>["type"],
    ...(format !== undefined && { format: format as NonNullable<Column<KubeObject>["format"]> }),
    description: description === "" ? byDefault : description,
    ...(priority !== undefined && { priority }),
    value: (object, now) => cellOf(type, find, object, now),
  };
}

function cellOf(type: string, find: JsonPath, object: KubeObject, now: number): unknown {
  const [value] = find(object);
  if (value === undefined || value === null) return undefined;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : undefined;
    case "number":
      return typeof value === "number" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return typeof value === "string" ? ageOf(value, now) : undefined;
    default:
      return typeof value === "string" ? value : goJson(value);
  }
}

function ageOf(timestamp: string, now: number): string {
  return Number.isNaN(Date.parse(timestamp)) ? "<invalid>" : formatAge(timestamp, now);
}
