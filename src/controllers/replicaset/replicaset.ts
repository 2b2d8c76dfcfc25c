import { isPodActive, isPodTerminating } from "#api/core/v1/pod-status.ts";
import type { ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { controllerOf, controllerReference, isControlledBy } from "#apimachinery/owners.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import type { Action, Plan } from "#reconcile/action.ts";
import type { Caches } from "#reconcile/caches.ts";
import { planClaims, refTo } from "#reconcile/claim.ts";
import { defineController, type FailedWrite } from "#reconcile/controller.ts";
import { orderForDeletion } from "./deletion-order.ts";
import { nextAvailabilityMs, planStatus } from "./status.ts";

/** Most pods created or deleted in one pass, so that one bad ReplicaSet cannot flood the API (upstream's number). */
const BURST = 500;

export interface ReplicaSetView {
  readonly replicaSet: ReplicaSet;
  /** Pods of its namespace that it controls or that nobody does, terminating and terminal ones included. */
  readonly pods: readonly Pod[];
  /** Pods of all ReplicaSets of the same owner, itself included: a node that has many of them gives first. */
  readonly relatedPods: readonly Pod[];
  readonly now: Date;
  readonly failed: FailedWrite | undefined;
}

export const replicaSetController = defineController<ReplicaSetView>({
  name: "replicaset",
  primary: "ReplicaSet",
  watches: [
    { kind: "ReplicaSet", wakes: "itself" },
    {
      kind: "Pod",
      wakes: (pod, caches) => ownersOf(pod, caches),
      // An orphan matters when it could change hands; its status alone is nobody's business.
      when: (pod, previous) =>
        previous === undefined ||
        controllerOf(pod) !== undefined ||
        controllerOf(previous) !== undefined ||
        !Bun.deepEquals(pod.metadata.labels, previous.metadata.labels),
    },
  ],
  indexes: [
    {
      kind: "Pod",
      name: "orphans",
      keys: (pod) => (controllerOf(pod) === undefined ? [pod.metadata.namespace ?? ""] : []),
    },
  ],
  writes: ["Pod", "ReplicaSet/status"],
  observe: ({ namespace, name }, caches, now, failed) => {
    const replicaSet = caches.get("ReplicaSet", namespace, name);
    if (replicaSet === undefined) return undefined;
    const owned = caches.ownedBy("Pod", replicaSet.metadata.uid);
    const pods = [...owned, ...caches.byIndex("Pod", "orphans", namespace)];
    return { replicaSet, pods, relatedPods: relatedPods(replicaSet, caches), now, failed };
  },
  plan: planReplicaSet,
});

/** Decides what must change so that the ReplicaSet has the pods that it asks for, and says what it has. */
export function planReplicaSet(view: ReplicaSetView): Plan {
  const { replicaSet, pods, now, failed } = view;
  const { matches } = compileLabelSelector(replicaSet.spec.selector);
  const { claimed, actions: claims } = planClaims({
    owner: replicaSet,
    ownerKind: "ReplicaSet",
    candidates: pods.filter(isPodActive),
    candidateKind: "Pod",
    matches,
  });
  const active = claimed.toSorted(byUid);
  const terminating = pods.filter(
    (pod) => isPodTerminating(pod) && isControlledBy(pod, replicaSet) && matches(pod.metadata.labels ?? {}),
  );
  const scale = replicaSet.metadata.deletionTimestamp === undefined ? planScale(view, active) : [];
  const status = planStatus({ replicaSet, active, terminating, now, failed: scaleFailure(failed) });
  const waitMs = nextAvailabilityMs(replicaSet, active, now);
  return {
    // What went wrong is said before it is tried again, as a plan ends where it fails.
    actions: failed === undefined ? [...claims, ...scale, ...status] : [...claims, ...status, ...scale],
    ...(waitMs !== undefined && { requeueAfterMs: waitMs }),
  };
}

function planScale(
  { replicaSet, relatedPods: related, now }: ReplicaSetView,
  active: readonly Pod[],
): readonly Action[] {
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing >= 0) return Array.from({ length: Math.min(missing, BURST) }, () => createPod(replicaSet));
  const surplus = Math.min(-missing, BURST);
  return orderForDeletion(active, related, now)
    .slice(0, surplus)
    .map((pod) => deletePod(pod, replicaSet));
}

function createPod(replicaSet: ReplicaSet): Action {
  const { name, namespace } = replicaSet.metadata;
  const { metadata, spec } = replicaSet.spec.template ?? {};
  const { labels, annotations, finalizers } = metadata ?? {};
  return {
    type: "create",
    object: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        generateName: `${name}-`,
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(finalizers && { finalizers }),
        ownerReferences: [controllerReference(replicaSet)],
      },
      ...(spec && { spec }),
    },
    report: {
      about: replicaSet,
      succeeded: { type: "Normal", reason: "SuccessfulCreate", message: "Created pod: {name}" },
      failed: { type: "Warning", reason: "FailedCreate", message: "Error creating: {error}" },
    },
  };
}

function deletePod(pod: Pod, replicaSet: ReplicaSet): Action {
  return {
    type: "delete",
    target: refTo(pod, "Pod"),
    uid: pod.metadata.uid,
    report: {
      about: replicaSet,
      succeeded: { type: "Normal", reason: "SuccessfulDelete", message: "Deleted pod: {name}" },
      failed: { type: "Warning", reason: "FailedDelete", message: "Error deleting: {error}" },
    },
  };
}

/** Only pods that cannot be created or deleted are a replica failure; other writes are just tried again. */
function scaleFailure(failed: FailedWrite | undefined): FailedWrite | undefined {
  return failed?.action.type === "create" || failed?.action.type === "delete" ? failed : undefined;
}

function ownersOf(pod: Pod, caches: Caches): { readonly namespace: string; readonly name: string }[] {
  const { namespace = "", labels = {} } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner !== undefined)
    return caches.kindOf(owner)?.kind === "ReplicaSet" ? [{ namespace, name: owner.name }] : [];
  return caches
    .list("ReplicaSet", namespace)
    .filter(({ spec }) => compileLabelSelector(spec.selector).matches(labels))
    .map(({ metadata }) => ({ namespace, name: metadata.name }));
}

function relatedPods(replicaSet: ReplicaSet, caches: Caches): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  if (owner === undefined) return [];
  const related = caches
    .ownedBy("ReplicaSet", owner.uid)
    .flatMap(({ metadata, spec }) => caches.select("Pod", metadata.namespace ?? "", spec.selector));
  return [...new Map(related.map((pod) => [pod.metadata.uid, pod])).values()];
}

/** Any order will do, as long as it is always the same one. */
function byUid(a: Pod, b: Pod): number {
  return a.metadata.uid < b.metadata.uid ? -1 : 1;
}
