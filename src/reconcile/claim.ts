import type { KubeObject } from "#apimachinery/meta.ts";
import { controllerOf, controllerReference } from "#apimachinery/owners.ts";
import type { Action, AnyKind, ObjectRef } from "./action.ts";

export interface Claim<T extends KubeObject> {
  /** Who claims. */
  readonly owner: KubeObject;
  readonly ownerKind: AnyKind;
  /** What may be claimed: objects of the owner's namespace that it controls or that nobody does. */
  readonly candidates: readonly T[];
  readonly candidateKind: AnyKind;
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean;
}

export interface Claimed<T extends KubeObject> {
  /** What the owner controls once the actions are done. */
  readonly claimed: readonly T[];
  readonly actions: readonly Action[];
}

/**
 * Whom the owner controls: it keeps what its selector matches, adopts matching orphans and releases what no longer
 * matches. An owner that is being deleted changes nothing (upstream `pkg/controller/controller_ref_manager.go`).
 */
export function planClaims<T extends KubeObject>(claim: Claim<T>): Claimed<T> {
  const claimed: T[] = [];
  const actions: Action[] = [];
  const isOwnerAlive = claim.owner.metadata.deletionTimestamp === undefined;
  for (const candidate of claim.candidates) {
    const matches = claim.matches(candidate.metadata.labels ?? {});
    const controller = controllerOf(candidate);
    if (controller === undefined) {
      if (!isOwnerAlive || !matches || candidate.metadata.deletionTimestamp !== undefined) continue;
      claimed.push(candidate);
      actions.push(adopt(candidate, claim));
    } else if (controller.uid === claim.owner.metadata.uid) {
      if (matches) claimed.push(candidate);
      else if (isOwnerAlive) actions.push(release(candidate, claim));
    }
  }
  return { claimed, actions };
}

/** The owner is looked at again first: one that has just been deleted must not take anything along. */
function adopt<T extends KubeObject>(candidate: T, { owner, ownerKind, candidateKind }: Claim<T>): Action {
  const references = [...(candidate.metadata.ownerReferences ?? []), controllerReference(owner)];
  const requires = [{ type: "alive", target: refTo(owner, ownerKind), uid: owner.metadata.uid }] as const;
  return { ...patchOwners(candidate, candidateKind, references), requires };
}

function release<T extends KubeObject>(candidate: T, { owner, candidateKind }: Claim<T>): Action {
  const references = candidate.metadata.ownerReferences ?? [];
  return patchOwners(
    candidate,
    candidateKind,
    references.filter(({ uid }) => uid !== owner.metadata.uid),
  );
}

/** A merge patch replaces lists as a whole, so it must meet the object that it was made from. */
function patchOwners(
  object: KubeObject,
  kind: AnyKind,
  ownerReferences: NonNullable<KubeObject["metadata"]["ownerReferences"]>,
): Extract<Action, { type: "patch" }> {
  const { uid, resourceVersion } = object.metadata;
  const metadata = { ...(resourceVersion !== undefined && { resourceVersion }), ownerReferences };
  return { type: "patch", target: refTo(object, kind), uid, patch: { metadata } };
}

/** The reference that actions use for an object. */
export function refTo({ metadata }: KubeObject, kind: AnyKind): ObjectRef {
  return { kind, namespace: metadata.namespace ?? "", name: metadata.name };
}
