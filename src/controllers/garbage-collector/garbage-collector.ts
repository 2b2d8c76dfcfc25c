import type { OwnerReference } from "#apimachinery/generated/meta-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { DeletionPropagation } from "#apimachinery/request.ts";
import type { Action, AnyKind, ObjectRef, Plan, Requirement } from "#reconcile/action.ts";
import type { Caches } from "#reconcile/caches.ts";
import { refTo } from "#reconcile/claim.ts";
import { defineController } from "#reconcile/controller.ts";
import { FOREGROUND, isDeletedWith, ORPHAN, type OwnerState, ownersOf } from "./owners.ts";

/** An object whose owner has a kind that is not known is looked at again after this time: the kind may come. */
const UNKNOWN_KIND_MS = 60_000;

export interface Dependent {
  readonly object: KubeObject;
  readonly kind: AnyKind;
}

export interface GarbageView {
  readonly object: KubeObject;
  readonly kind: AnyKind;
  readonly owners: readonly OwnerState[];
  /** Objects that name this one among their owners, where that can matter. */
  readonly dependents: readonly Dependent[];
}

/** Deletes what has lost its owners, and carries foreground and orphaning deletions through. */
export const garbageCollectorController = defineController<GarbageView>({
  name: "garbage-collector",
  account: "generic-garbage-collector",
  primary: "*",
  workers: 20,
  watches: [
    {
      kind: "*",
      except: ["Event", "events.k8s.io/v1/Event"],
      wakes: (object, caches) => affectedBy(object, caches),
      when: (object, previous) =>
        previous === undefined ? isConcerned(object) : ownershipOf(object) !== ownershipOf(previous),
    },
  ],
  writes: ["*"],
  observe: (ref, caches) => {
    const object = caches.find(ref);
    if (object === undefined || !isConcerned(object)) return undefined;
    const owners = ownersOf(object, caches);
    const hasDependents = isBeingCollected(object) || owners.some(({ state }) => state === "waiting");
    return { object, kind: ref.kind, owners, dependents: hasDependents ? dependentsOf(object, caches) : [] };
  },
  plan: planGarbage,
});

/** Decides about one object: whether it must go, and what its own deletion waits for. */
export function planGarbage(view: GarbageView): Plan {
  const { object, owners } = view;
  const invalid = owners
    .filter((owner) => "isElsewhere" in owner && owner.isElsewhere)
    .map((owner) => reportInvalid(object, owner));
  if (object.metadata.deletionTimestamp !== undefined) return { actions: planOwnDeletion(view) };
  if (owners.some(({ state }) => state === "unknown"))
    return { actions: invalid, requeueAfterMs: UNKNOWN_KIND_MS };
  if (owners.length === 0 || owners.some(({ state }) => state === "invalid")) return { actions: invalid };
  return { actions: [...invalid, ...planByOwners(view)] };
}

/** Being deleted is a one-way trip; all that is left to do is what its finalizers here stand for. */
function planOwnDeletion(view: GarbageView): readonly Action[] {
  const { object, dependents } = view;
  const { uid } = object.metadata;
  if (isDeletedWith(ORPHAN, object)) {
    const releases = dependents.map((dependent) => dropOwners(dependent, new Set([uid]), []));
    return [...releases, removeFinalizer(view, ORPHAN)];
  }
  if (!isDeletedWith(FOREGROUND, object)) return [];
  const isBlocked = dependents.some((dependent) =>
    dependent.object.metadata.ownerReferences?.some(
      (each) => each.uid === uid && each.blockOwnerDeletion === true,
    ),
  );
  return isBlocked ? [] : [removeFinalizer(view, FOREGROUND)];
}

function planByOwners(view: GarbageView): readonly Action[] {
  const { object, kind, owners, dependents } = view;
  const isSolid = owners.some(({ state }) => state === "solid");
  const waiting = owners.filter(({ state }) => state === "waiting");
  const requires = owners.flatMap(confirmAbsence);
  if (isSolid) {
    const gone = owners.filter(({ state }) => state !== "solid").map(({ reference }) => reference.uid);
    // An owner that waits for its dependents would wait for ever for one that has another owner.
    return gone.length === 0 ? [] : [dropOwners({ object, kind }, new Set(gone), requires)];
  }
  if (waiting.length > 0 && dependents.length > 0) return deleteInForeground(view, requires);
  return [remove(view, policyOf(object), requires)];
}

/** Its own dependents go before it, as its owner waits for all of them. */
function deleteInForeground(view: GarbageView, requires: readonly Requirement[]): readonly Action[] {
  // A dependent that waits for its dependents could be waiting for this object in a circle.
  const isCircular = view.dependents.some(({ object }) => isDeletedWith(FOREGROUND, object));
  if (!isCircular) return [remove(view, "Foreground", requires)];
  const references = (view.object.metadata.ownerReferences ?? []).map((each) => ({
    ...each,
    blockOwnerDeletion: false,
  }));
  const { resourceVersion: _, ...deletion } = remove(view, "Foreground", requires);
  return [patchOwners(view, references, []), deletion];
}

function remove(
  { object, kind }: GarbageView,
  propagationPolicy: DeletionPropagation,
  requires: readonly Requirement[],
): Extract<Action, { type: "delete" }> {
  const { uid, resourceVersion } = object.metadata;
  // With another version it could have another owner.
  const version = resourceVersion !== undefined && { resourceVersion };
  return { type: "delete", target: refTo(object, kind), uid, ...version, propagationPolicy, requires };
}

/** What was asked for when the object was made stays in force. */
function policyOf({ metadata }: KubeObject): DeletionPropagation {
  if (metadata.finalizers?.includes(ORPHAN) === true) return "Orphan";
  return metadata.finalizers?.includes(FOREGROUND) === true ? "Foreground" : "Background";
}

function confirmAbsence(owner: OwnerState): readonly Requirement[] {
  return owner.state === "absent" ? [{ type: "absent", target: owner.target, uid: owner.reference.uid }] : [];
}

function dropOwners(
  dependent: Dependent,
  uids: ReadonlySet<string>,
  requires: readonly Requirement[],
): Action {
  const references = dependent.object.metadata.ownerReferences ?? [];
  return patchOwners(
    dependent,
    references.filter(({ uid }) => !uids.has(uid)),
    requires,
  );
}

function patchOwners(
  { object, kind }: Dependent,
  ownerReferences: readonly OwnerReference[],
  requires: readonly Requirement[],
): Action {
  return patchMetadata(object, kind, { ownerReferences }, requires);
}

function removeFinalizer({ object, kind }: GarbageView, finalizer: string): Action {
  const finalizers = object.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
  return patchMetadata(object, kind, { finalizers }, []);
}

/** A merge patch replaces lists as a whole, so it must meet the object that it was made from. */
function patchMetadata(
  object: KubeObject,
  kind: AnyKind,
  change: Readonly<Record<string, unknown>>,
  requires: readonly Requirement[],
): Action {
  const { uid, resourceVersion } = object.metadata;
  const metadata = { ...(resourceVersion !== undefined && { resourceVersion }), ...change };
  return { type: "patch", target: refTo(object, kind), uid, patch: { metadata }, requires };
}

function reportInvalid(object: KubeObject, { reference }: OwnerState): Action {
  const { namespace = "" } = object.metadata;
  const { apiVersion, kind, name, uid } = reference;
  const owner = `[${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}]`;
  const message = `ownerRef ${owner} does not exist in namespace ${JSON.stringify(namespace)}`;
  return {
    type: "event",
    about: object,
    event: { type: "Warning", reason: "OwnerRefInvalidNamespace", message },
  };
}

/** Whose fate a change of the object can decide: its own, that of owners that wait for it, that of its dependents. */
function affectedBy(object: KubeObject, caches: Caches): readonly ObjectRef[] {
  const self = caches.kindOf(object);
  if (self === undefined) return [];
  const ref = refTo(object, self.kind);
  const isGone = caches.find(ref)?.metadata.uid !== object.metadata.uid;
  const releasesDependents = isGone || isDeletedWith(FOREGROUND, object);
  const dependents = releasesDependents ? dependentsOf(object, caches) : [];
  return [
    ...(isGone ? [] : [ref]),
    ...waitingOwners(object, caches),
    ...dependents.map((dependent) => refTo(dependent.object, dependent.kind)),
  ];
}

function waitingOwners({ metadata }: KubeObject, caches: Caches): readonly ObjectRef[] {
  return (metadata.ownerReferences ?? []).flatMap((reference) => {
    const known = caches.kindOf(reference);
    if (known === undefined) return [];
    const namespace = known.resource.namespaced ? (metadata.namespace ?? "") : "";
    const ref = { kind: known.kind, namespace, name: reference.name };
    const owner = caches.find(ref);
    return owner !== undefined && isBeingCollected(owner) ? [ref] : [];
  });
}

function dependentsOf({ metadata }: KubeObject, caches: Caches): readonly Dependent[] {
  return caches.dependentsOf(metadata.uid).flatMap((object) => {
    const known = caches.kindOf(object);
    return known === undefined ? [] : [{ object, kind: known.kind }];
  });
}

/** Most objects have no owner and are not being deleted; they are nobody's garbage. */
function isConcerned(object: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0 || isBeingCollected(object);
}

function isBeingCollected(object: KubeObject): boolean {
  return isDeletedWith(FOREGROUND, object) || isDeletedWith(ORPHAN, object);
}

/** All that counts of an object, as a text that can be compared. */
function ownershipOf({ metadata }: KubeObject): string {
  const { ownerReferences = [], finalizers = [], deletionTimestamp = "" } = metadata;
  if (ownerReferences.length === 0 && finalizers.length === 0 && deletionTimestamp === "") return "";
  return JSON.stringify([ownerReferences, finalizers, deletionTimestamp]);
}
