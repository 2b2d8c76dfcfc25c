import type { KubeObject } from "#apimachinery/meta.ts";
import type { Listeners } from "#base/listeners.ts";
import type { Action, AnyKind, EventFacts, ObjectRef, Plan } from "./action.ts";
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
    /** Skips events that cannot matter; `previous` is absent for additions. Deletions always count. Default: every event. */
    readonly when?: (object: CachedObject<K>, previous: CachedObject<K> | undefined) => boolean;
    /** Events to record once for each object: when the controller first sees it, and when it is gone. */
    readonly announces?: {
      readonly added?: (object: CachedObject<K>) => EventFacts;
      readonly deleted?: (object: CachedObject<K>) => EventFacts;
    };
  };
}[ObjectKind];

/** Wakes for every object of every kind that can be listed and watched, custom resources included. */
export interface WatchEverything {
  readonly kind: "*";
  /** Kinds that are left out. */
  readonly except?: readonly AnyKind[];
  readonly wakes: (object: KubeObject, caches: Caches) => readonly ObjectRef[];
  /** As for the watch of one kind. */
  readonly when?: (object: KubeObject, previous: KubeObject | undefined) => boolean;
}

export type Index = {
  readonly [K in ObjectKind]: {
    readonly kind: K;
    readonly name: string;
    /** The keys under which the object is found; none leaves it out. */
    readonly keys: (object: CachedObject<K>) => readonly string[];
  };
}[ObjectKind];

/**
 * Something about objects whose changes are timed by the clock of this process, because the times that other machines
 * write cannot be compared with it.
 */
export type Signal = {
  readonly [K in ObjectKind]: {
    readonly kind: K;
    readonly name: string;
    readonly value: (object: CachedObject<K>) => string;
  };
}[ObjectKind];

/** The write that ended the previous attempt at a key. */
export interface FailedWrite {
  readonly action: Action;
  /** What the server said. */
  readonly message: string;
}

/** A controller is data plus two functions; the runtime owns queues, retries, caches and every write. */
export interface Controller<View = unknown> {
  readonly name: string;
  /** The source that its events name. Default: `<name>-controller`. */
  readonly component?: string;
  /**
   * The service account in `kube-system` as which it writes; empty for one that writes as the controller manager itself.
   * Default: `<name>-controller`.
   */
  readonly account?: string;
  /** How many keys are worked on at the same time. Default: 5, as most of upstream's controllers. */
  readonly workers?: number;
  /** After writes for a key, the changes of this time are handled together: at most 1000. Default: 0. */
  readonly restMs?: number;
  /** What fails is tried again after at most this time. Default: 1,000,000, as most of upstream's controllers. */
  readonly maxRetryMs?: number;
  /** The kind that keys of the queue name; `*` for a controller that handles every kind. */
  readonly primary: ObjectKind | "*";
  readonly watches: readonly (Watch | WatchEverything)[];
  readonly indexes?: readonly Index[];
  readonly signals?: readonly Signal[];
  /** What plans depend on besides objects: each change wakes for all objects of the primary kind. */
  readonly follows?: Pick<Listeners, "add">;
  /** Kinds (`Pod`), with subresource (`ReplicaSet/status`, `Pod/eviction`), the plan may write; RBAC is generated from it. */
  readonly writes: readonly AnyKind[];
  /**
   * Collects everything `plan` needs, or returns undefined when there is nothing to decide. `now` is wall-clock time.
   * `failed` is there until an attempt at the key succeeds.
   */
  observe(ref: ObjectRef, caches: Caches, now: Date, failed?: FailedWrite): View | undefined;
  /** Pure: same view, same plan. */
  // A method, so that controllers of different views fit one list: the runtime gives `plan` only what `observe` returned.
  plan(view: View): Plan;
}

export function accountOf({
  name,
  account = `${name}-controller`,
}: Pick<Controller, "name" | "account">): string {
  return account;
}

export function defineController<View>(controller: Controller<View>): Controller<View> {
  return Object.freeze(controller);
}
