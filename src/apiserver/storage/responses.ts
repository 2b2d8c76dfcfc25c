/** Answers that decode and encode only what is asked of them. They must not be spread: their fields are getters. */
import type { ListMeta } from "#apimachinery/generated/meta-v1.ts";
import type { KubeList, KubeObject } from "#apimachinery/meta.ts";
import type { Pieces } from "#https/answer.ts";
import type { Entry } from "#store/store.ts";
import { listStart, writeJsonList } from "../formats/json-format.ts";
import type { ListHead, ListItems } from "../formats/wire-format.ts";
import type { PipelineResponse } from "../pipeline.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import { ListBytes } from "./list-bytes.ts";
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
  const { items, ...head } = list;
  return {
    type: "list",
    list,
    warnings,
    head,
    items: items.map(encodeJson),
    pieces: () =>
      writeJsonList(
        head,
        items.map((item) => encodeJson(withoutType(item))),
      ),
  };
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
    return this.#items((entry) => this.#storage.bytesOf(entry, this.#served));
  }

  pieces(): Pieces {
    const entries = this.#entries;
    const { builtIn } = this.#served;
    if (entries.every((entry) => isVerbatim(entry, this.#served))) {
      return new ListBytes(listStart(this.head), entries, builtIn ? "withoutType" : "whole");
    }
    return writeJsonList(
      this.head,
      this.#items((entry) => {
        const object = this.#storage.objectOf(entry, this.#served);
        return encodeJson(builtIn ? withoutType(object) : object);
      }),
    );
  }

  #items(make: (entry: Entry) => Buffer): ListItems {
    const entries = this.#entries;
    return {
      length: entries.length,
      *[Symbol.iterator]() {
        for (const entry of entries) yield make(entry);
      },
    };
  }
}

/** The items of a list of a built-in kind do not say what they are. */
function withoutType(object: KubeObject): object {
  const { kind: _, apiVersion: __, ...fields } = object;
  return fields;
}
