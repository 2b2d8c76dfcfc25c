import type { KubeObject } from "#apimachinery/meta.ts";
import type { AnyKind, ObjectRef, Plan } from "./action.ts";
import type { CachedObject, Caches, ObjectKind } from "./caches.ts";

/**
 * Which objects wake the controller, and for which primary object: `itself`, its controlling owner of the
 * primary kind (`owner`), or those that a pure function names.
 */
export type Watch = {
  readonly [K in ObjectKind]: {
    readonly kind: K;
    readonly wakes:
      | "itself"
      | "owner"
      | ((object: CachedObject<K>, caches: Caches) => readonly Omit<ObjectRef, "kind">[]);
    /** Skips events that cannot matter; `previous` is absent for additions. Default: every event. */
    readonly when?: (object: CachedObject<K>, previous: CachedObject<K> | undefined) => boolean;
  };
}[ObjectKind];

/** Wakes for every object of every kind that can be listed and watched, custom resources included. */
export interface WatchEverything {
  readonly kind: "*";
  readonly wakes: (object: KubeObject, caches: Caches) => readonly ObjectRef[];
}

export type Index = {
  readonly [K in ObjectKind]: {
    readonly kind: K;
    readonly name: string;
    /** The keys under which the object is found; none leaves it out. */
    readonly keys: (object: CachedObject<K>) => readonly string[];
  };
}[ObjectKind];

/** A controller is data plus two functions; the runtime owns queues, retries, caches and every write. */
export interface Controller<View> {
  readonly name: string;
  /** The kind that keys of the queue name; `*` for a controller that handles every kind. */
  readonly primary: ObjectKind | "*";
  readonly watches: readonly (Watch | WatchEverything)[];
  readonly indexes?: readonly Index[];
  /** Kinds (`Pod`), with subresource (`ReplicaSet/status`, `Pod/eviction`), the plan may write; RBAC is generated from it. */
  readonly writes: readonly AnyKind[];
  /** Collects everything `plan` needs, or returns undefined when there is nothing to decide. `now` is wall-clock time. */
  readonly observe: (ref: ObjectRef, caches: Caches, now: Date) => View | undefined;
  /** Pure: same view, same plan. */
  readonly plan: (view: View) => Plan;
}

export function defineController<View>(controller: Controller<View>): Controller<View> {
  return Object.freeze(controller);
}
