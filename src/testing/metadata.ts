import type { ObjectMeta, OwnerReference } from "#apimachinery/generated/meta-v1.ts";

/** What a test may want to say of any object besides its name. */
export interface ObjectOptions {
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export type ClusterObjectOptions = Omit<ObjectOptions, "namespace">;

/** Metadata with a namespace and a uid made from the name. */
export function metadataOf(name: string, options: ObjectOptions = {}): ObjectMeta {
  return { name, namespace: "default", uid: `uid-${name}`, ...options };
}

/** As `metadataOf`, for kinds that are in no namespace. */
export function clusterMetadataOf(name: string, options: ClusterObjectOptions = {}): ObjectMeta {
  return { name, uid: `uid-${name}`, ...options };
}
