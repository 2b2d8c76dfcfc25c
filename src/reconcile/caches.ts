import type { KindMap } from "#api/generated/kind-map.ts";
import type { KindName } from "#api/resource.ts";
import type { LabelSelector } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";

/** The kinds that are objects, as opposed to reviews and other bodies that are only posted. */
export type ObjectKind = { [K in KindName]: KindMap[K] extends KubeObject ? K : never }[KindName];

export type CachedObject<K extends ObjectKind> = Extract<KindMap[K], KubeObject>;

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
  /** The object with this uid, of any watched kind. */
  byUid(uid: string): KubeObject | undefined;
  /** Objects of any watched kind that name this uid among their owners, controlling or not. */
  dependentsOf(uid: string): readonly KubeObject[];
}
