import type { Deployment, DeploymentStatus, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import { findCondition } from "#apimachinery/conditions.ts";
import { controllerOf } from "#apimachinery/owners.ts";
import { compileLabelSelector } from "#apimachinery/selectors/label-selector.ts";
import type { Action, ObjectRef, Plan } from "#reconcile/action.ts";
import type { Caches } from "#reconcile/caches.ts";
import { planClaims } from "#reconcile/claim.ts";
import { defineController, type FailedWrite } from "#reconcile/controller.ts";
import { classify, nameOfCurrent, planReplicaSets, type ReplicaSets } from "./replica-sets.ts";
import { planHistory, REVISION } from "./revision.ts";
import { recreate, rollingUpdate, syncCurrent } from "./rollout.ts";
import { isScalingEvent, scale } from "./scale.ts";
import {
  countedStatus,
  hasDeadline,
  isComplete,
  normalizeStatus,
  rolloutStatus,
  setCondition,
  untilDeadlineMs,
} from "./status.ts";
import { isRollingUpdate } from "./strategy.ts";

export interface DeploymentView {
  readonly deployment: Deployment;
  /** ReplicaSets of its namespace that it controls or that nobody does. */
  readonly replicaSets: readonly ReplicaSet[];
  /** Whatever has the name that its current ReplicaSet would get. */
  readonly occupant: ReplicaSet | undefined;
  /** The pods of its ReplicaSets, where no new ones may start beside them (Recreate). */
  readonly pods: readonly Pod[];
  readonly now: Date;
  readonly failed: FailedWrite | undefined;
}

export const deploymentController = defineController<DeploymentView>({
  name: "deployment",
  primary: "Deployment",
  watches: [
    { kind: "Deployment", wakes: "itself" },
    {
      kind: "ReplicaSet",
      wakes: (replicaSet, caches) => deploymentsOf(replicaSet, caches),
      when: (replicaSet, previous) =>
        previous === undefined ||
        controllerOf(replicaSet) !== undefined ||
        controllerOf(previous) !== undefined ||
        !Bun.deepEquals(replicaSet.metadata.labels, previous.metadata.labels),
    },
    // Only the end of the last old pod matters here; everything else is in the status of the ReplicaSets.
    { kind: "Pod", wakes: (pod, caches) => waitingDeployment(pod, caches), when: () => false },
  ],
  indexes: [
    {
      kind: "ReplicaSet",
      name: "orphans",
      keys: (replicaSet) =>
        controllerOf(replicaSet) === undefined ? [replicaSet.metadata.namespace ?? ""] : [],
    },
  ],
  writes: ["ReplicaSet", "Deployment/status"],
  observe: ({ namespace, name }, caches, now, failed) => {
    const deployment = caches.get("Deployment", namespace, name);
    if (deployment === undefined) return undefined;
    const owned = caches.ownedBy("ReplicaSet", deployment.metadata.uid);
    const occupant = caches.get("ReplicaSet", namespace, nameOfCurrent(deployment));
    const pods = isRollingUpdate(deployment)
      ? []
      : owned.flatMap(({ metadata }) => caches.ownedBy("Pod", metadata.uid));
    const replicaSets = [...owned, ...caches.byIndex("ReplicaSet", "orphans", namespace)];
    return { deployment, replicaSets, occupant, pods, now, failed };
  },
  plan: planDeployment,
});

/** Decides the next step of a Deployment: which ReplicaSets it has, how large they are, and what it says of them. */
export function planDeployment(view: DeploymentView): Plan {
  const { deployment, replicaSets } = view;
  const { claimed, actions: claims } = planClaims({
    owner: deployment,
    ownerKind: "Deployment",
    candidates: replicaSets,
    candidateKind: "ReplicaSet",
    matches: compileLabelSelector(deployment.spec.selector).matches,
  });
  const observed = classify(deployment, claimed);
  const step =
    deployment.metadata.deletionTimestamp === undefined
      ? planStep(view, withPausedCondition(deployment, view.now), observed)
      : { actions: planStatus(view, withStatus(deployment, countedStatus(deployment, observed, view.now))) };
  return { ...step, actions: [...claims, ...step.actions] };
}

/** `deployment` is that of the view, with what is known by now of its status. */
function planStep(view: DeploymentView, deployment: Deployment, observed: ReplicaSets): Plan {
  const wanted = nextReplicaSets(deployment, observed, view.pods);
  if (isMissing(wanted) && view.occupant !== undefined) return { actions: planCollision(view) };
  const changes = planReplicaSets(deployment, observed, wanted);
  const report = isMissing(wanted) ? planCreateFailure(view, deployment, wanted) : [];
  // What went wrong is said before it is tried again, as a plan ends where it fails.
  if (report.length > 0) return { actions: [...report, ...changes] };
  const next = withOutcome(deployment, observed, wanted, view.now);
  const isPaused = deployment.spec.paused === true;
  const isSettled = changes.length === 0 && (isPaused || isComplete(deployment, deployment.status));
  const history = isSettled ? planHistory(deployment, observed) : [];
  const waitMs = next.status && untilDeadlineMs(deployment, next.status, view.now);
  return {
    actions: [...changes, ...history, ...planStatus(view, next)],
    ...(waitMs !== undefined && { requeueAfterMs: waitMs }),
  };
}

function nextReplicaSets(deployment: Deployment, observed: ReplicaSets, pods: readonly Pod[]): ReplicaSets {
  const synced = syncCurrent(deployment, observed);
  if (isOnlyScaled(deployment, synced)) return scale(deployment, synced);
  return isRollingUpdate(deployment) ? rollingUpdate(deployment, synced) : recreate(deployment, synced, pods);
}

function isOnlyScaled(deployment: Deployment, sets: ReplicaSets): boolean {
  return deployment.spec.paused === true || isScalingEvent(deployment, sets);
}

function isMissing({ current }: ReplicaSets): boolean {
  return current?.metadata.uid === "";
}

/** The Deployment with the revision and status that follow from its ReplicaSets. */
function withOutcome(
  deployment: Deployment,
  observed: ReplicaSets,
  wanted: ReplicaSets,
  now: Date,
): Deployment {
  const described = describeCurrent(deployment, wanted, now);
  // What is counted is what there is, in the sizes from before this step; a new ReplicaSet has nothing yet.
  const counted = { current: observed.current ?? wanted.current, old: observed.old };
  const next = withStatus(
    described,
    isOnlyScaled(deployment, counted)
      ? countedStatus(described, counted, now)
      : rolloutStatus(described, counted, now),
  );
  const revision = wanted.current?.metadata.annotations?.[REVISION];
  if (revision === undefined) return next;
  const annotations = { ...next.metadata.annotations, [REVISION]: revision };
  return { ...next, metadata: { ...next.metadata, annotations } };
}

function withStatus(deployment: Deployment, status: DeploymentStatus): Deployment {
  return { ...deployment, status };
}

/** Says that a ReplicaSet was made, or found where nothing was said of progress before. */
function describeCurrent(deployment: Deployment, wanted: ReplicaSets, now: Date): Deployment {
  if (wanted.current === undefined || !hasDeadline(deployment)) return deployment;
  const name = JSON.stringify(wanted.current.metadata.name);
  if (isMissing(wanted)) {
    return withProgressing(
      deployment,
      "True",
      "NewReplicaSetCreated",
      `Created new replica set ${name}`,
      now,
    );
  }
  if (findCondition(deployment.status?.conditions, "Progressing") !== undefined) return deployment;
  return withProgressing(deployment, "True", "FoundNewReplicaSet", `Found new replica set ${name}`, now);
}

function planCreateFailure(
  view: DeploymentView,
  deployment: Deployment,
  wanted: ReplicaSets,
): readonly Action[] {
  const { failed, now } = view;
  if (failed?.action.type !== "create" || !hasDeadline(deployment)) return [];
  const name = JSON.stringify(wanted.current?.metadata.name ?? "");
  const message = `Failed to create new replica set ${name}: ${failed.message}`;
  return planStatus(view, withProgressing(deployment, "False", "ReplicaSetCreateError", message, now));
}

/** Pausing and resuming show in the condition, so that a paused rollout is not held to its deadline. */
function withPausedCondition(deployment: Deployment, now: Date): Deployment {
  const reason = findCondition(deployment.status?.conditions, "Progressing")?.reason;
  if (!hasDeadline(deployment) || reason === "ProgressDeadlineExceeded") return deployment;
  const isPaused = deployment.spec.paused === true;
  if (isPaused === (reason === "DeploymentPaused")) return deployment;
  return isPaused
    ? withProgressing(deployment, "Unknown", "DeploymentPaused", "Deployment is paused", now)
    : withProgressing(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed", now);
}

function withProgressing(
  deployment: Deployment,
  status: "True" | "False" | "Unknown",
  reason: string,
  message: string,
  now: Date,
): Deployment {
  const condition = { type: "Progressing", status, reason, message };
  const conditions = setCondition(deployment.status?.conditions ?? [], condition, now);
  return withStatus(deployment, { ...deployment.status, conditions });
}

/** Two templates with one hash: another name has to be found. */
function planCollision(view: DeploymentView): readonly Action[] {
  const { status } = view.deployment;
  const collisionCount = (status?.collisionCount ?? 0) + 1;
  return planStatus(view, withStatus(view.deployment, { ...status, collisionCount }));
}

function planStatus({ deployment: present }: DeploymentView, next: Deployment): readonly Action[] {
  const status = normalizeStatus(next.status);
  const isSame =
    Bun.deepEquals(normalizeStatus(present.status), status) &&
    present.metadata.annotations?.[REVISION] === next.metadata.annotations?.[REVISION];
  return isSame ? [] : [{ type: "updateStatus", object: { ...next, status } as Deployment }];
}

function deploymentsOf(replicaSet: ReplicaSet, caches: Caches): readonly Omit<ObjectRef, "kind">[] {
  const { namespace = "", labels = {} } = replicaSet.metadata;
  const owner = controllerOf(replicaSet);
  if (owner !== undefined)
    return caches.kindOf(owner)?.kind === "Deployment" ? [{ namespace, name: owner.name }] : [];
  return caches
    .list("Deployment", namespace)
    .filter(({ spec }) => compileLabelSelector(spec.selector).matches(labels))
    .map(({ metadata }) => ({ namespace, name: metadata.name }));
}

/** The Deployment that waits for the last of its old pods to end, if this could have been it. */
function waitingDeployment(pod: Pod, caches: Caches): readonly Omit<ObjectRef, "kind">[] {
  const { namespace = "" } = pod.metadata;
  const owner = controllerOf(pod);
  const replicaSet =
    owner?.kind === "ReplicaSet" ? caches.get("ReplicaSet", namespace, owner.name) : undefined;
  const name = replicaSet && controllerOf(replicaSet)?.name;
  const deployment = name === undefined ? undefined : caches.get("Deployment", namespace, name);
  if (deployment === undefined || isRollingUpdate(deployment)) return [];
  return [{ namespace, name: deployment.metadata.name }];
}
