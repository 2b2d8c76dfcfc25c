import type { KindName, ObjectOf } from "#api/resource.ts";
import { type FollowObjectsDependencies, followObjects } from "../../storage/follow-objects.ts";

/** What is made of all objects of a kind. It is made anew when it is asked for after one of them has changed. */
export class FollowedList<K extends KindName, T> implements AsyncDisposable {
  readonly #make: (objects: readonly ObjectOf<K>[]) => readonly T[];
  readonly #objects = new Map<string, ObjectOf<K>>();
  readonly #following: AsyncDisposable;
  #made: readonly T[] | undefined;

  /** `make` gets the objects in the order of their names. */
  constructor(
    kind: K,
    make: (objects: readonly ObjectOf<K>[]) => readonly T[],
    dependencies: FollowObjectsDependencies,
  ) {
    this.#make = make;
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

  list(): readonly T[] {
    this.#made ??= this.#make(
      [...this.#objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object),
    );
    return this.#made;
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#following[Symbol.asyncDispose]();
  }

  #change(change: () => void): void {
    change();
    this.#made = undefined;
  }
}
