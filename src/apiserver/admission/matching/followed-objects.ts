import type { KindName, ObjectOf } from "#api/resource.ts";
import { type FollowObjectsDependencies, followObjects } from "../../storage/follow-objects.ts";

/** All objects of a kind, as they are stored. */
export class FollowedObjects<K extends KindName> implements AsyncDisposable {
  readonly #objects = new Map<string, ObjectOf<K>>();
  readonly #following: AsyncDisposable;
  #listed: readonly ObjectOf<K>[] | undefined;

  constructor(kind: K, dependencies: FollowObjectsDependencies) {
    this.#following = followObjects(
      kind,
      {
        // What is followed is of this kind.
        put: (object) => this.#change(() => this.#objects.set(object.metadata.name, object as ObjectOf<K>)),
        remove: ({ metadata }) => this.#change(() => this.#objects.delete(metadata.name)),
      },
      dependencies,
    );
  }

  /** In the order of their names; the same list until one of them changes. */
  list(): readonly ObjectOf<K>[] {
    this.#listed ??= [...this.#objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return this.#listed;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#following[Symbol.asyncDispose]();
  }

  #change(change: () => void): void {
    change();
    this.#listed = undefined;
  }
}
