import { type KindName, resourceOf } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Entry, StoreEvent } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import type { KindRegistry } from "../registry/kind-registry.ts";
import type { ServedResource } from "../registry/served-resource.ts";
import type { ObjectStorage } from "./object-storage.ts";

/** Hears of the objects of one kind, in the stored version. */
export interface ObjectFollower {
  /** An object as it is now, told again for every change. */
  put(object: KubeObject): void;
  /** The last state of an object that has gone. */
  remove(object: KubeObject): void;
}

export interface FollowObjectsDependencies {
  readonly storage: ObjectStorage;
  readonly registry: KindRegistry;
  readonly logger: Logger;
}

/**
 * Tells a follower of everything of a kind that is stored, before it returns, and from then on of every change, right
 * after it has been committed. Disposing ends it.
 */
export function followObjects(
  kind: KindName,
  follower: ObjectFollower,
  dependencies: FollowObjectsDependencies,
): AsyncDisposable {
  const following = new Following(dependencies.registry.get(resourceOf(kind)), follower, dependencies);
  const tasks = new TaskGroup((error) => dependencies.logger.error("Stopped following", { kind, error }));
  const start = following.load();
  tasks.run((signal) => following.run(start, signal));
  return tasks;
}

class Following {
  readonly #served: ServedResource;
  readonly #follower: ObjectFollower;
  readonly #storage: ObjectStorage;
  readonly #logger: Logger;
  /** What the follower has been told of, by key. */
  readonly #known = new Map<string, Entry>();

  constructor(
    served: ServedResource,
    follower: ObjectFollower,
    { storage, logger }: FollowObjectsDependencies,
  ) {
    this.#served = served;
    this.#follower = follower;
    this.#storage = storage;
    this.#logger = logger;
  }

  /** Tells what is different from what the follower knows; the revision at which that is true. */
  load(): number {
    const { entries, revision } = this.#storage.store.list(this.#served.prefix);
    const gone = new Map(this.#known);
    for (const entry of entries) {
      gone.delete(entry.key);
      if (this.#known.get(entry.key)?.revision !== entry.revision) this.#put(entry);
    }
    for (const entry of gone.values()) this.#remove(entry);
    return revision;
  }

  async run(start: number, signal: AbortSignal): Promise<void> {
    let afterRevision = start;
    while (!signal.aborted) {
      try {
        for await (const changes of this.#storage.store.watch(this.#served.prefix, {
          afterRevision,
          signal,
        })) {
          for (const change of changes) this.#apply(change);
        }
        return;
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.detail.code === "closed") return;
        this.#logger.warn("Reloaded what is followed", { kind: this.#served.resource.kind, error });
        afterRevision = this.load();
      }
    }
  }

  #apply(change: StoreEvent): void {
    if (change.type === "put") this.#put(change.entry);
    else this.#remove(change.previous);
  }

  #put(entry: Entry): void {
    this.#known.set(entry.key, entry);
    this.#follower.put(this.#storage.storedObjectOf(entry));
  }

  #remove(entry: Entry): void {
    this.#known.delete(entry.key);
    this.#follower.remove(this.#storage.storedObjectOf(entry));
  }
}
