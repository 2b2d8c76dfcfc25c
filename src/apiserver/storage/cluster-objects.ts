import { type KindRef, type ObjectOf, resourceOf } from "#api/resource.ts";
import { checkPathSegmentName } from "#api/validation/names.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import { collectionPrefix, objectKey } from "../registry/storage-keys.ts";
import type { ObjectStorage } from "./object-storage.ts";

/** Typed reads of stored objects for the server's own decisions: no request, no authorization, no waiting. */
export class ClusterObjects {
  readonly #registry: KindRegistry;
  readonly #storage: ObjectStorage;

  constructor(registry: KindRegistry, storage: ObjectStorage) {
    this.#registry = registry;
    this.#storage = storage;
  }

  get<K extends KindRef>(
    kind: K,
    { namespace, name }: { readonly namespace?: string; readonly name: string },
  ): ObjectOf<K> | undefined {
    // Nothing has a name that cannot be stored.
    if (name === "" || namespace === "" || checkPathSegmentName(name, false).length > 0) return undefined;
    const served = this.#registry.get(resourceOf(kind));
    const entry = this.#storage.store.get(objectKey(served, namespace, name));
    // What is stored under a kind's keys is of that kind.
    return entry && (this.#storage.objectOf(entry, served) as ObjectOf<K>);
  }

  list<K extends KindRef>(kind: K, namespace?: string): readonly ObjectOf<K>[] {
    const served = this.#registry.get(resourceOf(kind));
    const { entries } = this.#storage.store.list(collectionPrefix(served, namespace));
    return entries.map((entry) => this.#storage.objectOf(entry, served) as ObjectOf<K>);
  }
}
