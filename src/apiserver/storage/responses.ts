/** Answers that decode and encode only what is asked of them. They must not be spread: their fields are getters. */
import type { ListMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeList, KubeObject } from "#apimachinery/meta.ts";
import type { Pieces } from "#https/answer.ts";
import type { Entry } from "#store/store.ts";
import { listStart, writeJsonList } from "../formats/json-format.ts";
import { mapItems } from "../formats/map-items.ts";
import type { ListHead, ListItems } from "../formats/wire-format.ts";
import type { PipelineResponse } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectPart } from "./encoded-object.ts";
import { ListBytes, StoredItems } from "./list-bytes.ts";
import { encodeJson, isVerbatim, type ObjectStorage } from "./object-storage.ts";

export type ObjectResponse = Extract<PipelineResponse, { type: "object" }>;
export type ListResponse = Extract<PipelineResponse, { type: "list" }>;

/** An object that is not in the store: a review, a Status, the result of a dry run. */
export function objectResponse(
  object: KubeObject,
  code: number,
  warnings: readonly string[] = [],
): ObjectResponse {
  return { type: "object", code, object, warnings, bytes: () => encodeJson(object) };
}

/** A list of objects of a built-in kind that are not in the store. */
export function listResponse(list: KubeList, warnings: readonly string[] = []): ListResponse {
  const { items: objects, ...head } = list;
  const items = objects.map((object) => encodeJson(withoutType(object)));
  return { type: "list", list, warnings, head, items, pieces: () => writeJsonList(head, items) };
}

export class StoredObjectResponse implements ObjectResponse {
  readonly type = "object";
  readonly code: number;
  readonly warnings: readonly string[];
  readonly #storage: ObjectStorage;
  readonly #served: ServedResource;
  readonly #entry: Entry;

  constructor(
    storage: ObjectStorage,
    { served, entry }: { readonly served: ServedResource; readonly entry: Entry },
    { code, warnings = [] }: { readonly code: number; readonly warnings?: readonly string[] },
  ) {
    this.#storage = storage;
    this.#served = served;
    this.#entry = entry;
    this.code = code;
    this.warnings = warnings;
  }

  get object(): KubeObject {
    return this.#storage.objectOf(this.#entry, this.#served);
  }

  bytes(): Buffer {
    return this.#storage.bytesOf(this.#entry, this.#served);
  }
}

export class StoredListResponse implements ListResponse {
  readonly type = "list";
  readonly warnings: readonly string[];
  readonly #storage: ObjectStorage;
  readonly #served: ServedResource;
  readonly #entries: readonly Entry[];
  readonly #metadata: ListMeta;

  constructor(
    storage: ObjectStorage,
    served: ServedResource,
    { entries, metadata }: { readonly entries: readonly Entry[]; readonly metadata: ListMeta },
    warnings: readonly string[],
  ) {
    this.warnings = warnings;
    this.#storage = storage;
    this.#served = served;
    this.#entries = entries;
    this.#metadata = metadata;
  }

  get list(): KubeList {
    const items = this.#entries.map((entry) => this.#storage.objectOf(entry, this.#served));
    return { ...this.head, items };
  }

  get head(): ListHead {
    const { apiVersion, resource } = this.#served;
    return { kind: resource.listKind ?? `${resource.kind}List`, apiVersion, metadata: this.#metadata };
  }

  get items(): ListItems {
    return this.#areVerbatim ? new StoredItems(this.#entries, this.#part) : this.#convertedItems();
  }

  pieces(): Pieces {
    return this.#areVerbatim
      ? new ListBytes(listStart(this.head), this.#entries, this.#part)
      : writeJsonList(this.head, this.#convertedItems());
  }

  get #areVerbatim(): boolean {
    return this.#entries.every((entry) => isVerbatim(entry, this.#served));
  }

  get #part(): ObjectPart {
    return this.#served.builtIn ? "withoutType" : "whole";
  }

  #convertedItems(): ListItems {
    return mapItems(this.#entries, (entry) => {
      const object = this.#storage.objectOf(entry, this.#served);
      return encodeJson(this.#served.builtIn ? withoutType(object) : object);
    });
  }
}

/** The items of a list of a built-in kind do not say what they are. */
function withoutType(object: KubeObject): object {
  const { kind: _, apiVersion: __, ...fields } = object;
  return fields;
}
