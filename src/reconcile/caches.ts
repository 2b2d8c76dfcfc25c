import type { KindMap } from "#api/generated/kind-map.ts";
import type { KindName, Resource } from "#api/resource.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { AnyKind, ObjectRef } from "./action.ts";

/** The kinds that are objects, as opposed to reviews and other bodies that are only posted. */
export type ObjectKind = { [K in KindName]: KindMap[K] extends KubeObject ? K : never }[KindName];

export type CachedObject<K extends ObjectKind> = Extract<KindMap[K], KubeObject>;

/** A kind that a controller watches, by the name that actions and references use for it. */
export interface WatchedKind {
  readonly kind: AnyKind;
  readonly resource: Resource;
}

/** Read-only access to the informer caches of the kinds a controller watches. Objects are frozen. */
export interface Caches {
  get<K extends ObjectKind>(kind: K, namespace: string, name: string): CachedObject<K> | undefined;
  /** All objects, of one namespace when given. */
  list<K extends ObjectKind>(kind: K, namespace?: string): readonly CachedObject<K>[];
  /** Objects of the namespace whose labels match; an absent selector matches nothing, an empty one everything. */
  select<K extends ObjectKind>(
    kind: K,
    namespace: string,
    selector: LabelSelector | undefined,
  ): readonly CachedObject<K>[];
  /** Objects of the kind whose controlling owner has this uid. */
  ownedBy<K extends ObjectKind>(kind: K, ownerUid: string): readonly CachedObject<K>[];
  /** Objects under `key` of an index that the controller declares in `indexes`. */
  byIndex<K extends ObjectKind>(kind: K, index: string, key: string): readonly CachedObject<K>[];
  /**
   * When a signal that the controller declares last changed for the object, which coming and going do too. Undefined
   * for an object that was never there.
   */
  changedAt(signal: string, namespace: string, name: string): Date | undefined;
  /** The object with this uid, of any watched kind. */
  byUid(uid: string): KubeObject | undefined;
  /** Objects of any watched kind that name this uid among their owners, controlling or not. */
  dependentsOf(uid: string): readonly KubeObject[];
  /** The object that a reference names, of any watched kind. */
  find(ref: ObjectRef): KubeObject | undefined;
  /** As `list`, of any watched kind. */
  listOf(kind: AnyKind, namespace?: string): readonly KubeObject[];
  /** All watched kinds; for a controller that watches everything, every kind that there is now. */
  kinds(): readonly WatchedKind[];
  /** See `KindDiscovery`. */
  undiscovered(): readonly string[];
  /** The watched kind behind `apiVersion` and `kind` of an object or owner reference, in whatever version. */
  kindOf(type: { readonly apiVersion: string; readonly kind: string }): WatchedKind | undefined;
}
