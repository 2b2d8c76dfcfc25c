import { scaleColumns } from "#api/autoscaling/v1/scale.ts";
import type { Kind } from "#api/kind.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import type { Table } from "#apimachinery/generated/meta-v1.ts";
import type { KubeList, KubeObject, Status } from "#apimachinery/meta.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { toPartialObjectMetadata } from "../tables/partial-object-metadata.ts";
import { type IncludeObject, toTable } from "../tables/to-table.ts";
import type { Transform } from "./output-format.ts";

/** Turns objects into tables (apiserver `pkg/endpoints/handlers/response.go`). */
export class TableTransform {
  readonly #version: Transform["version"];
  readonly #includeObject: IncludeObject;
  readonly #served: ServedResource;
  readonly #now: () => number;

  /** Throws BadRequest when the `includeObject` parameter is unknown. */
  constructor(
    { version }: Pick<Transform, "version">,
    query: URLSearchParams,
    { served, now }: { readonly served: ServedResource; readonly now: () => number },
  ) {
    this.#version = version;
    this.#includeObject = includeObjectOf(query);
    this.#served = served;
    this.#now = now;
  }

  /** A Status stays what it is. */
  object(object: KubeObject): unknown {
    return isStatus(object) ? object : this.#table([object]);
  }

  list({ items, metadata }: KubeList): unknown {
    return this.#table(items, { metadata });
  }

  /** The object of a watch event; only the first of a watch carries the headers of its table. */
  watched(type: string, object: KubeObject | Status, { isFirst }: { readonly isFirst: boolean }): unknown {
    if (isStatus(object)) return object;
    // A bookmark has nothing that columns could show.
    if (type !== "BOOKMARK") return this.#table([object], { headers: isFirst });
    const table = this.#table([], { headers: isFirst });
    return { ...table, rows: [{ cells: [], object: toPartialObjectMetadata(object) }] };
  }

  #table(
    objects: readonly KubeObject[],
    options: { readonly headers?: boolean; readonly metadata?: KubeList["metadata"] } = {},
  ): Table {
    const includeObject = this.#includeObject;
    const columns = columnsOf(this.#served, objects);
    const table = toTable(columns, objects, { now: this.#now(), includeObject, ...options });
    const apiVersion = `meta.k8s.io/${this.#version}`;
    return apiVersion === table.apiVersion ? table : ({ ...table, apiVersion } as unknown as Table);
  }
}

/** Subresources may answer with objects of other kinds. */
function columnsOf(
  { kind, resource }: ServedResource,
  objects: readonly KubeObject[],
): Pick<Kind, "columns"> {
  if (objects.every((object) => object.kind === resource.kind || object.kind === "")) return kind;
  return objects.every((object) => object.kind === "Scale") ? { columns: scaleColumns } : {};
}

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "Object" || value === "Metadata" || value === "None") return value;
  const { message } = invalidField("includeObject", value, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${message}`);
}

function isStatus(object: KubeObject | Status): object is Status {
  return object.kind === "Status" && object.apiVersion === "v1";
}
