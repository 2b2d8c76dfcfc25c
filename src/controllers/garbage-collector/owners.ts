import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ObjectRef } from "#reconcile/action.ts";
import type { Caches } from "#reconcile/caches.ts";

/** Keeps an owner until all dependents that block its deletion are gone. */
export const FOREGROUND = "foregroundDeletion";
/** Keeps an owner until its dependents no longer name it. */
export const ORPHAN = "orphan";

/** What an owner reference of an object amounts to. */
export type OwnerState = { readonly reference: OwnerReference } & (
  | { readonly state: "solid" }
  /** The owner is being deleted in the foreground: it waits for this object to go. */
  | { readonly state: "waiting" }
  /** The caches show no such owner where the reference says. The server has to confirm it. */
  | {
      readonly state: "absent";
      readonly target: ObjectRef;
      /** An owner with this uid is in another namespace, where no reference can reach. */
      readonly isElsewhere: boolean;
    }
  /** A cluster-scoped object names an owner of a namespaced kind, which cannot be looked up. */
  | { readonly state: "invalid"; readonly isElsewhere: boolean }
  /** The kind is not known, or not yet: no decision is safe. */
  | { readonly state: "unknown" }
);

export function ownersOf(object: KubeObject, caches: Caches): readonly OwnerState[] {
  return (object.metadata.ownerReferences ?? []).map((reference) => ({
    reference,
    ...stateOf(object, reference, caches),
  })) as readonly OwnerState[];
}

export function isDeletedWith(finalizer: string, { metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(finalizer) === true;
}

function stateOf(
  { metadata }: KubeObject,
  reference: OwnerReference,
  caches: Caches,
): DistributiveOmit<OwnerState, "reference"> {
  const known = caches.kindOf(reference);
  if (known === undefined) return { state: "unknown" };
  const { kind, resource } = known;
  const namespace = resource.namespaced ? (metadata.namespace ?? "") : "";
  const target = { kind, namespace, name: reference.name };
  const owner = caches.find(target);
  if (owner?.metadata.uid === reference.uid) {
    return { state: isDeletedWith(FOREGROUND, owner) ? "waiting" : "solid" };
  }
  const isElsewhere =
    resource.namespaced && caches.listOf(kind).some((each) => each.metadata.uid === reference.uid);
  return resource.namespaced && namespace === ""
    ? { state: "invalid", isElsewhere }
    : { state: "absent", target, isElsewhere };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
