import type { KindRef, ObjectOf } from "#api/resource.ts";
import type { KubeList, NewObject, WatchEvent } from "#apimachinery/meta.ts";
import type {
  DeleteOptions,
  ListOptions,
  PatchOptions,
  PatchType,
  ReadOptions,
  ResourceRequest,
  ResourceResponse,
  WatchOptions,
  WriteOptions,
} from "#apimachinery/request.ts";

/** Carries requests to an API server, in this process or over HTTPS, under one identity. */
export interface Transport {
  /** Rejects with a `StatusError` for every answer that is not a success, a lost connection included. */
  send(request: ResourceRequest, signal: AbortSignal | undefined): Promise<ResourceResponse>;
}

export interface ObjectName {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly name: string;
}

interface Cancellable {
  readonly signal?: AbortSignal;
}

/**
 * The typed API client that every component uses. Objects that it returns are frozen and shared with caches:
 * changing one means building a new one. Every failure is a `StatusError`.
 */
export interface Client {
  get<K extends KindRef>(
    kind: K,
    name: ObjectName,
    options?: ReadOptions & Cancellable,
  ): Promise<ObjectOf<K>>;
  /** Without `namespace` across all namespaces. Pages when `limit` is given; the caller follows `continue`. */
  list<K extends KindRef>(
    kind: K,
    options?: ListOptions & Cancellable & { readonly namespace?: string },
  ): Promise<KubeList<ObjectOf<K>>>;
  /**
   * Events in order of their revisions, in batches. Ends when the server ends the watch or the signal aborts;
   * throws an Expired `StatusError` when the resourceVersion is too old.
   */
  watch<K extends KindRef>(
    kind: K,
    options?: WatchOptions & Cancellable & { readonly namespace?: string },
  ): AsyncIterable<readonly WatchEvent<ObjectOf<K>>[]>;
  create<K extends KindRef>(
    kind: K,
    object: NewObject<ObjectOf<K>>,
    options?: WriteOptions & Cancellable,
  ): Promise<ObjectOf<K>>;
  /** Replaces the object, or its subresource; fails with Conflict unless its resourceVersion is the stored one. */
  update<K extends KindRef>(
    kind: K,
    object: ObjectOf<K>,
    options?: WriteOptions & Cancellable & { readonly subresource?: string },
  ): Promise<ObjectOf<K>>;
  updateStatus<K extends KindRef>(
    kind: K,
    object: ObjectOf<K>,
    options?: WriteOptions & Cancellable,
  ): Promise<ObjectOf<K>>;
  patch<K extends KindRef>(
    kind: K,
    name: ObjectName,
    patch: { readonly type: PatchType; readonly document: unknown; readonly subresource?: string },
    options?: PatchOptions & Cancellable,
  ): Promise<ObjectOf<K>>;
  delete<K extends KindRef>(kind: K, name: ObjectName, options?: DeleteOptions & Cancellable): Promise<void>;
  deleteCollection<K extends KindRef>(
    kind: K,
    options: DeleteOptions & Cancellable & { readonly namespace?: string; readonly list?: ListOptions },
  ): Promise<void>;
  /** Posts the body of a subresource, such as `pods/binding`, `pods/eviction`, `serviceaccounts/token`. */
  createSubresource<T>(
    kind: KindRef,
    name: ObjectName,
    subresource: string,
    body: unknown,
    options?: WriteOptions & Cancellable,
  ): Promise<T>;
}
