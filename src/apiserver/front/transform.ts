import { invalid as invalidField } from "#apimachinery/field-error.ts";
import type { Table } from "#apimachinery/generated/meta-v1.ts";
import type { KubeList, KubeObject, Status } from "#apimachinery/meta.ts";
import { badRequest, notAcceptable } from "#apimachinery/status-error.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { toPartialObjectMetadata, toPartialObjectMetadataList } from "../tables/partial-object-metadata.ts";
import { type IncludeObject, toTable } from "../tables/to-table.ts";
import type { Transform } from "./output-format.ts";

/** Turns objects into what the client has asked for instead (apiserver `pkg/endpoints/handlers/response.go`). */
export class Transformer {
  readonly #transform: Transform;
  readonly #includeObject: IncludeObject;
  readonly #served: ServedResource;
  readonly #now: () => number;

  /** Throws BadRequest when the `includeObject` parameter of a table is unknown. */
  constructor(
    transform: Transform,
    query: URLSearchParams,
    { served, now }: { readonly served: ServedResource; readonly now: () => number },
  ) {
    this.#transform = transform;
    this.#includeObject = transform.kind === "Table" ? includeObjectOf(query) : "Metadata";
    this.#served = served;
    this.#now = now;
  }

  object(object: KubeObject): unknown {
    if (isStatus(object)) return object;
    switch (this.#transform.kind) {
      case "Table":
        return this.#version(this.#table([object]));
      case "PartialObjectMetadata":
        return this.#version(toPartialObjectMetadata(object));
      case "PartialObjectMetadataList":
        throw notAcceptable(
          `you requested PartialObjectMetadataList, but the requested object is not a list (${goTypeOf(object)})`,
        );
    }
  }

  list(list: KubeList): unknown {
    switch (this.#transform.kind) {
      case "Table":
        return this.#version(this.#table(list.items, { metadata: list.metadata }));
      case "PartialObjectMetadata":
        throw notAcceptable(
          `you requested PartialObjectMetadata, but the requested object is a list (${goTypeOf(list)})`,
        );
      case "PartialObjectMetadataList":
        return this.#version(toPartialObjectMetadataList(list));
    }
  }

  /** The object of a watch event; only the first of a watch carries the headers of its table. */
  watched(type: string, object: KubeObject, { isFirst }: { readonly isFirst: boolean }): unknown {
    if (this.#transform.kind !== "Table" || isStatus(object)) return this.object(object);
    // A bookmark has nothing that columns could show.
    if (type !== "BOOKMARK") return this.#version(this.#table([object], { headers: isFirst }));
    const table = this.#table([], { headers: isFirst });
    return this.#version({ ...table, rows: [{ cells: [], object: toPartialObjectMetadata(object) }] });
  }

  #table(
    objects: readonly KubeObject[],
    options: { readonly headers?: boolean; readonly metadata?: KubeList["metadata"] } = {},
  ): Table {
    const { kind, resource } = this.#served;
    const isOwnKind = objects.every((object) => object.kind === resource.kind || object.kind === "");
    const includeObject = this.#includeObject;
    return toTable(isOwnKind ? kind : {}, objects, { now: this.#now(), includeObject, ...options });
  }

  #version<T extends { readonly apiVersion: string }>(document: T): T {
    const { version } = this.#transform;
    return version === "v1" ? document : { ...document, apiVersion: `meta.k8s.io/${version}` };
  }
}

function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get("includeObject") ?? "";
  if (value === "") return "Metadata";
  if (value === "Object" || value === "Metadata" || value === "None") return value;
  const { message } = invalidField("includeObject", value, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: includeObject: ${message}`);
}

function isStatus(object: KubeObject | Status): boolean {
  return object.kind === "Status" && object.apiVersion === "v1";
}

/** Messages name the type of the object in Go: `*core.PodList` of apiVersion `v1`. */
function goTypeOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): string {
  const [group = "", version] = apiVersion.split("/");
  return `*${version === undefined ? "core" : (group.split(".")[0] ?? "")}.${kind}`;
}
