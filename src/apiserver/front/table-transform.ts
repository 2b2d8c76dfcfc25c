import { scaleColumns } from "#api/autoscaling/v1/scale.ts";
import { invalid as invalidField } from "#apimachinery/field-error.ts";
import type { Table, TableRow } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject, Status } from "#apimachinery/meta.ts";
import { badRequest } from "#apimachinery/status-error.ts";
import { writeJsonList } from "../formats/json-format.ts";
import { mapItems } from "../formats/map-items.ts";
import { partialMetadata } from "../formats/partial-metadata.ts";
import type { EncodedList } from "../formats/wire-format.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { encodeJson } from "../storage/object-storage.ts";
import type { ListResponse } from "../storage/responses.ts";
import { toPartialObjectMetadata } from "../tables/partial-object-metadata.ts";
import { type IncludeObject, type TableKind, type TableOptions, toTable } from "../tables/to-table.ts";
import type { Transform } from "./output-format.ts";

const METADATA_VERSION = "meta.k8s.io/v1";
const ROW_END = Buffer.from("}");

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
    return isStatus(object) ? object : this.#table([object], versionOf(object));
  }

  /** The metadata in its rows is cut out of the objects' JSON, where these come in the same order. */
  list(response: ListResponse): EncodedList {
    const { items: objects, metadata } = response.list;
    const isCut = this.#includeObject === "Metadata" && this.#served.kind.compareRows === undefined;
    const { rows, ...head } = this.#table(objects, { metadata, ...(isCut && { includeObject: "None" }) });
    const items = isCut
      ? mapItems(response.items, (json, index) => rowWithMetadata(rows[index] ?? { cells: [] }, json))
      : mapItems(rows, encodeJson);
    return { head, items, itemsField: "rows", pieces: () => writeJsonList(head, items, "rows") };
  }

  /** The object of a watch event; only the first of a watch carries the headers of its table. */
  watched(type: string, object: KubeObject | Status, { isFirst }: { readonly isFirst: boolean }): unknown {
    if (isStatus(object)) return object;
    const options = { ...versionOf(object), headers: isFirst };
    // A bookmark has nothing that columns could show.
    if (type !== "BOOKMARK") return this.#table([object], options);
    const table = this.#table([], options);
    return { ...table, rows: [{ cells: [], object: toPartialObjectMetadata(object) }] };
  }

  #table(objects: readonly KubeObject[], options: Partial<TableOptions> = {}): Table {
    const includeObject = this.#includeObject;
    const columns = columnsOf(this.#served, objects);
    const table = toTable(columns, objects, { now: this.#now(), includeObject, ...options });
    const apiVersion = `meta.k8s.io/${this.#version}`;
    return apiVersion === table.apiVersion ? table : ({ ...table, apiVersion } as unknown as Table);
  }
}

/** A table of one object has the version of that. */
function versionOf({ metadata: { resourceVersion } }: KubeObject): Pick<TableOptions, "metadata"> {
  return resourceVersion === undefined ? {} : { metadata: { resourceVersion } };
}

/** The JSON of a `TableRow` with the metadata of an object. */
function rowWithMetadata(row: TableRow, json: Buffer): Buffer {
  const start = Buffer.from(`${JSON.stringify(row).slice(0, -1)},"object":`);
  return Buffer.concat([start, partialMetadata(json, METADATA_VERSION), ROW_END]);
}

/** Subresources may answer with objects of other kinds. */
function columnsOf({ kind, resource }: ServedResource, objects: readonly KubeObject[]): TableKind {
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
