import { type KubeObject, objectKey, type WatchEvent } from "#apimachinery/meta.ts";

/** One change of a cache. `deleted` carries the last state that is known. */
export type Change<T extends KubeObject = KubeObject> =
  | { readonly type: "added"; readonly object: T }
  | { readonly type: "updated"; readonly object: T; readonly previous: T }
  | { readonly type: "deleted"; readonly object: T };

/** The keys under which an index finds an object; none leaves it out. */
export type IndexKeys<T extends KubeObject> = (object: T) => readonly string[];

const NAMESPACE_INDEX = "namespace";

/**
 * The objects of one kind by name, with indexes that are kept in step. An index costs nothing until it is first
 * asked for.
 */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #declared = new Map<string, IndexKeys<T>>([
    [NAMESPACE_INDEX, ({ metadata }) => [metadata.namespace ?? ""]],
  ]);
  readonly #built = new Map<string, Map<string, Map<string, T>>>();

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(objectKey({ namespace, name }));
  }

  /** All objects, of one namespace when given. */
  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.byIndex(NAMESPACE_INDEX, namespace);
  }

  /** Declares an index; a second declaration of the name is ignored. */
  addIndex(name: string, keys: IndexKeys<T>): void {
    if (!this.#declared.has(name)) this.#declared.set(name, keys);
  }

  /** Objects under a key of a declared index. Throws a RangeError for an index that nobody declared. */
  byIndex(name: string, key: string): readonly T[] {
    const found = this.#index(name).get(key);
    return found === undefined ? [] : [...found.values()];
  }

  /** Makes the cache hold exactly these objects and says what that changed: deletions, then the rest in order. */
  replace(objects: readonly T[]): readonly Change<T>[] {
    const wanted = new Set(objects.map(({ metadata }) => objectKey(metadata)));
    const gone = [...this.#objects].filter(([key]) => !wanted.has(key));
    return [
      ...gone.flatMap(([, object]) => this.#remove(object)),
      ...objects.flatMap((object) => this.#set(object)),
    ];
  }

  /** Follows watch events; bookmarks change nothing. */
  apply(events: readonly WatchEvent<T>[]): readonly Change<T>[] {
    return events.flatMap((event) => {
      switch (event.type) {
        case "ADDED":
        case "MODIFIED":
          return this.#set(event.object);
        case "DELETED":
          return this.#remove(event.object);
        case "BOOKMARK":
        case "ERROR":
          return [];
      }
    });
  }

  #set(object: T): readonly Change<T>[] {
    const key = objectKey(object.metadata);
    const previous = this.#objects.get(key);
    if (previous === undefined) {
      this.#put(key, object, undefined);
      return [{ type: "added", object }];
    }
    // A deletion that fell into a gap between two watches: the name is the same, the object is another.
    if (previous.metadata.uid !== object.metadata.uid) {
      this.#put(key, object, previous);
      return [
        { type: "deleted", object: previous },
        { type: "added", object },
      ];
    }
    if (previous.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    this.#put(key, object, previous);
    return [{ type: "updated", object, previous }];
  }

  #remove(last: T): readonly Change<T>[] {
    const key = objectKey(last.metadata);
    const previous = this.#objects.get(key);
    if (previous === undefined) return [];
    this.#objects.delete(key);
    for (const [name, index] of this.#built) dropFrom(index, this.#keysOf(name, previous), key);
    return [{ type: "deleted", object: last }];
  }

  #put(key: string, object: T, previous: T | undefined): void {
    this.#objects.set(key, object);
    for (const [name, index] of this.#built) {
      if (previous !== undefined) dropFrom(index, this.#keysOf(name, previous), key);
      addTo(index, this.#keysOf(name, object), key, object);
    }
  }

  #index(name: string): Map<string, Map<string, T>> {
    const built = this.#built.get(name);
    if (built !== undefined) return built;
    const index = new Map<string, Map<string, T>>();
    for (const [key, object] of this.#objects) addTo(index, this.#keysOf(name, object), key, object);
    this.#built.set(name, index);
    return index;
  }

  #keysOf(name: string, object: T): readonly string[] {
    const keys = this.#declared.get(name);
    if (keys === undefined) throw new RangeError(`No index "${name}" is declared for kind "${object.kind}"`);
    return keys(object);
  }
}

function addTo<T>(
  index: Map<string, Map<string, T>>,
  keys: readonly string[],
  objectName: string,
  object: T,
): void {
  for (const key of keys) {
    const members = index.get(key);
    if (members === undefined) index.set(key, new Map([[objectName, object]]));
    else members.set(objectName, object);
  }
}

function dropFrom<T>(index: Map<string, Map<string, T>>, keys: readonly string[], objectName: string): void {
  for (const key of keys) {
    const members = index.get(key);
    members?.delete(objectName);
    if (members?.size === 0) index.delete(key);
  }
}
