import type { Resource } from "#api/resource.ts";
import type { KubeList, KubeObject, WatchEvent } from "#apimachinery/meta.ts";
import { onDispose } from "#base/disposable.ts";
import type { Logger } from "#observability/logger.ts";
import { type Change, type IndexKeys, ObjectCache } from "./object-cache.ts";
import type { ReflectorSink } from "./reflector.ts";

/** Hears of changes after the cache has them. Must be quick and must not throw. */
export type ChangeHandler<T extends KubeObject> = (changes: readonly Change<T>[]) => void;

/**
 * A cache of one kind that follows the server. Objects are frozen and shared: with other readers of the cache and,
 * inside the server process, with the API server itself.
 */
export interface Informer<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  /** Resolves when the first list is in the cache; never rejects, as listing is tried until it succeeds. */
  readonly synced: Promise<void>;
  readonly isSynced: boolean;
  /** Everything up to this revision is in the cache; empty before the first list. */
  readonly resourceVersion: string;
  get(namespace: string, name: string): T | undefined;
  /** All objects, of one namespace when given. */
  list(namespace?: string): readonly T[];
  /** Declares an index; a second declaration of the name is ignored. */
  addIndex(name: string, keys: IndexKeys<T>): void;
  /** Objects under a key of a declared index. Throws a RangeError for an index that nobody declared. */
  byIndex(name: string, key: string): readonly T[];
  /** Calls the handler for every batch of changes; what is there already comes at once, as additions. */
  onChange(handler: ChangeHandler<T>): Disposable;
  /** Calls the handler whenever `resourceVersion` has moved, after the change handlers. */
  onProgress(handler: () => void): Disposable;
}

export interface CachedInformerOptions<T extends KubeObject> {
  /** Applied to every object before it is kept, to save memory. */
  readonly transform?: (object: T) => T;
}

/** The informer that a `Reflector` fills. */
export class CachedInformer<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly resource: Resource;
  readonly #logger: Logger;
  readonly #transform: ((object: T) => T) | undefined;
  readonly #cache = new ObjectCache<T>();
  readonly #changeHandlers = new Set<ChangeHandler<T>>();
  readonly #progressHandlers = new Set<() => void>();
  readonly #synced = Promise.withResolvers<void>();
  #resourceVersion = "";

  constructor(resource: Resource, logger: Logger, options: CachedInformerOptions<T> = {}) {
    this.resource = resource;
    this.#logger = logger;
    this.#transform = options.transform;
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get isSynced(): boolean {
    return this.#resourceVersion !== "";
  }

  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#cache.get(namespace, name);
  }

  list(namespace?: string): readonly T[] {
    return this.#cache.list(namespace);
  }

  addIndex(name: string, keys: IndexKeys<T>): void {
    this.#cache.addIndex(name, keys);
  }

  byIndex(name: string, key: string): readonly T[] {
    return this.#cache.byIndex(name, key);
  }

  onChange(handler: ChangeHandler<T>): Disposable {
    this.#changeHandlers.add(handler);
    const present = this.#cache.list();
    if (present.length > 0)
      this.#call(() => handler(present.map((object) => ({ type: "added", object }) as const)));
    return onDispose(() => void this.#changeHandlers.delete(handler));
  }

  onProgress(handler: () => void): Disposable {
    this.#progressHandlers.add(handler);
    return onDispose(() => void this.#progressHandlers.delete(handler));
  }

  replace(list: KubeList<T>): void {
    const { items, metadata } = list;
    const changes = this.#cache.replace(this.#transform === undefined ? items : items.map(this.#transform));
    this.#publish(changes, metadata.resourceVersion);
    this.#synced.resolve();
  }

  apply(events: readonly WatchEvent<T>[]): void {
    const changes = this.#cache.apply(this.#transformed(events));
    this.#publish(changes, events.at(-1)?.object.metadata.resourceVersion);
  }

  #transformed(events: readonly WatchEvent<T>[]): readonly WatchEvent<T>[] {
    const transform = this.#transform;
    if (transform === undefined) return events;
    return events.map((event) =>
      event.type === "ERROR" || event.type === "BOOKMARK"
        ? event
        : { ...event, object: transform(event.object) },
    );
  }

  #publish(changes: readonly Change<T>[], resourceVersion: string | undefined): void {
    if (changes.length > 0) {
      for (const handler of this.#changeHandlers) this.#call(() => handler(changes));
    }
    if (resourceVersion === undefined || resourceVersion === this.#resourceVersion) return;
    this.#resourceVersion = resourceVersion;
    for (const handler of this.#progressHandlers) this.#call(handler);
  }

  /** A handler that fails is a bug of its owner and must not stop the others. */
  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#logger.error("Change handler failed", { resource: this.resource.name, error });
    }
  }
}
