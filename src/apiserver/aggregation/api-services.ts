import type { APIService } from "#api/generated/apiregistration-v1.ts";
import type { GroupVersion } from "#apimachinery/meta.ts";
import { Listeners } from "#base/listeners.ts";
import { type FollowObjectsDependencies, followObjects } from "../storage/follow-objects.ts";

/** What is known of APIServices right after every change, by their names. Disposal ends the following. */
export class ApiServices implements AsyncDisposable {
  readonly #known = new Map<string, APIService>();
  readonly #listeners = new Listeners<[name: string]>();
  readonly #following: AsyncDisposable;

  constructor(dependencies: FollowObjectsDependencies) {
    this.#following = followObjects(
      "APIService",
      {
        put: (object) => {
          // What is followed is of the kind that was asked for.
          this.#known.set(object.metadata.name, object as APIService);
          this.#listeners.tell(object.metadata.name);
        },
        remove: ({ metadata }) => {
          this.#known.delete(metadata.name);
          this.#listeners.tell(metadata.name);
        },
      },
      dependencies,
    );
  }

  get(name: string): APIService | undefined {
    return this.#known.get(name);
  }

  list(): readonly APIService[] {
    return [...this.#known.values()];
  }

  /** Calls `listener` with the name of every APIService that has changed or gone, until the result is disposed. */
  onChange(listener: (name: string) => void): Disposable {
    return this.#listeners.add(listener);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#following[Symbol.asyncDispose]();
  }
}

/** The only name that an APIService of a group version can have. */
export function apiServiceName({ group, version }: GroupVersion): string {
  return `${version}.${group}`;
}

/** The opposite of `apiServiceName`. */
export function groupVersionOf(name: string): GroupVersion {
  const dot = name.indexOf(".");
  return { group: name.slice(dot + 1), version: name.slice(0, dot) };
}
