/** Columns of tables that a definition declares (upstream pkg/registry/customresource/tableconvertor). */
import { nameColumn } from "#api/columns.ts";
import type { CustomResourceColumnDefinition } from "#api/generated/apiextensions-v1.ts";
import type { Column } from "#api/kind.ts";
import { goMapJson, goValue } from "#apimachinery/go-text.ts";
import { formatHumanDuration } from "#apimachinery/human-duration.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { canonicalTime, parseTime, TimeError } from "#apimachinery/time.ts";
import { compileJsonPath, type JsonPath } from "./json-path/json-path.ts";
import { JsonPathError } from "./json-path/json-path-error.ts";

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

/** The columns of one version, up to the first whose path cannot be read. */
export function printerColumns(
  declared: readonly CustomResourceColumnDefinition[] = [],
): readonly Column<KubeObject>[] {
  const columns = [NAME];
  for (const column of declared.length === 0 ? [AGE] : declared) {
    const find = compileOrNothing(column.jsonPath);
    if (find === undefined) break;
    columns.push(toColumn(column, find));
  }
  return columns;
}

function compileOrNothing(path: string): JsonPath | undefined {
  try {
    return compileJsonPath(path);
  } catch (error) {
    if (error instanceof JsonPathError) return undefined;
    throw error;
  }
}

function toColumn(column: CustomResourceColumnDefinition, find: JsonPath): Column<KubeObject> {
  const { name, type, format, description = "", priority, jsonPath } = column;
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

/** What a path finds first; nothing when the path does not fit the object. */
function cellOf(type: string, find: JsonPath, object: KubeObject, now: number): unknown {
  const [value] = findOrNothing(find, object);
  if (value === undefined) return undefined;
  switch (type) {
    case "integer":
      if (typeof value === "bigint") return value;
      return typeof value === "number" ? Math.trunc(value) : undefined;
    case "number":
      return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "date":
      return typeof value === "string" ? ageOf(value, now) : undefined;
    default:
      return textOf(value);
  }
}

function findOrNothing(find: JsonPath, object: KubeObject): readonly unknown[] {
  try {
    return find(object);
  } catch (error) {
    if (error instanceof JsonPathError) return [];
    throw error;
  }
}

function textOf(value: unknown): string {
  if (value === null) return "<no value>";
  return typeof value === "object" ? goMapJson(value) : typeof value === "string" ? value : goValue(value);
}

function ageOf(text: string, now: number): string {
  try {
    const isZero = text === "" || text === "null" || canonicalTime(text) === null;
    return isZero ? "<unknown>" : formatHumanDuration(now - parseTime(text));
  } catch (error) {
    if (error instanceof TimeError) return "<invalid>";
    throw error;
  }
}
