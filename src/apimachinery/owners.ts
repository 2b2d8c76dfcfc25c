import type { OwnerReference } from "./generated/meta-v1.ts";

interface Owned {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string };
}

/** The one owner that manages the object, if it has such an owner. */
export function controllerOf({ metadata }: Owned): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Whether `owner` manages the object. Names are reused, so the uid decides. */
export function isControlledBy(object: Owned, owner: Pick<Owner, "metadata">): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference with which a controller marks what it makes: the owner is deleted after its dependents. */
export function controllerReference({ apiVersion, kind, metadata }: Owner): OwnerReference {
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
