import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from "#api/generated/apps-v1.ts";
import { findCondition, removeCondition } from "#apimachinery/conditions.ts";
import { formatTime } from "#apimachinery/time.ts";
import { allOf, type ReplicaSets, statusTotal, totalReplicas } from "./replica-sets.ts";
import { desiredReplicas, maxUnavailable } from "./strategy.ts";

type Conditions = readonly DeploymentCondition[];

/** A deadline that means none. */
const NO_DEADLINE = 2 ** 31 - 1;

/** The counts of the status, and whether enough pods are available. */
export function countedStatus(deployment: Deployment, sets: ReplicaSets, now: Date): DeploymentStatus {
  const all = allOf(sets);
  const available = statusTotal(all, "availableReplicas");
  const terminating = terminatingReplicas(all);
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: statusTotal(all, "replicas"),
    updatedReplicas: sets.current === undefined ? 0 : statusTotal([sets.current], "replicas"),
    readyReplicas: statusTotal(all, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: setCondition(conditions, availability(deployment, available), now),
  };
}

/** The counted status with what it says about the progress and the failures of the rollout. */
export function rolloutStatus(deployment: Deployment, sets: ReplicaSets, now: Date): DeploymentStatus {
  const counted = countedStatus(deployment, sets, now);
  const conditions = withProgress(deployment, counted, sets.current, now);
  return { ...counted, conditions: withFailures(conditions, sets, now) };
}

/** The status without fields that are zero, as the API stores it. */
export function normalizeStatus(status: DeploymentStatus | undefined): DeploymentStatus {
  const { terminatingReplicas: terminating, conditions = [], ...counts } = status ?? {};
  return {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0 && count !== undefined)),
    ...(terminating !== undefined && { terminatingReplicas: terminating }),
    ...(conditions.length > 0 && { conditions }),
  };
}

/** All desired pods are updated and available, and no old ones are left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

/** Milliseconds until the lack of progress would exceed the deadline; undefined when that cannot happen. */
export function untilDeadlineMs(
  deployment: Deployment,
  status: DeploymentStatus,
  now: Date,
): number | undefined {
  const progressing = findCondition(status.conditions, "Progressing");
  if (!hasDeadline(deployment) || progressing === undefined || deployment.spec.paused === true)
    return undefined;
  if (isComplete(deployment, status) || progressing.reason === "ProgressDeadlineExceeded") return undefined;
  // The deadline is passed when it is over, not when it is reached; a second more is upstream's margin.
  return Math.max(0, deadlineMs(deployment, progressing) - now.getTime()) + 1000;
}

/** The conditions with one more, which changes nothing when there is one of its type, status and reason. */
export function setCondition(
  conditions: Conditions,
  next: Pick<DeploymentCondition, "type" | "status" | "reason" | "message">,
  now: Date,
): Conditions {
  const time = formatTime(now.getTime());
  const present = findCondition(conditions, next.type);
  if (present?.status === next.status && present.reason === next.reason) return conditions;
  const lastTransitionTime = present?.status === next.status ? (present.lastTransitionTime ?? time) : time;
  return [...removeCondition(conditions, next.type), { ...next, lastUpdateTime: time, lastTransitionTime }];
}

function availability(deployment: Deployment, available: number): Parameters<typeof setCondition>[1] {
  return available >= desiredReplicas(deployment) - maxUnavailable(deployment)
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
}

function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  current: ReplicaSet | undefined,
  now: Date,
): Conditions {
  const conditions = status.conditions ?? [];
  if (!hasDeadline(deployment)) return removeCondition(conditions, "Progressing");
  const before = findCondition(conditions, "Progressing");
  // A Deployment whose rollout is done does not progress because a pod comes or goes.
  const isDone =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && before?.reason === "NewReplicaSetAvailable";
  if (isDone) return conditions;
  const subject =
    current === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata.name)}`
      : `ReplicaSet ${JSON.stringify(current.metadata.name)}`;
  const progressing = (value: string, reason: string, message: string) =>
    ({ type: "Progressing", status: value, reason, message: `${subject} ${message}` }) as const;
  if (isComplete(deployment, status)) {
    const condition = progressing("True", "NewReplicaSetAvailable", "has successfully progressed.");
    return setCondition(conditions, condition, now);
  }
  if (hasProgressed(deployment.status, status)) {
    return renewProgress(conditions, progressing("True", "ReplicaSetUpdated", "is progressing."), now);
  }
  if (isTimedOut(deployment, before, now)) {
    return setCondition(
      conditions,
      progressing("False", "ProgressDeadlineExceeded", "has timed out progressing."),
      now,
    );
  }
  return conditions;
}

/** Progress starts the deadline anew even when the condition says the same as before. */
function renewProgress(
  conditions: Conditions,
  next: Pick<DeploymentCondition, "type" | "status" | "reason" | "message">,
  now: Date,
): Conditions {
  const before = findCondition(conditions, next.type);
  const time = formatTime(now.getTime());
  const since = before?.status === next.status ? before.lastTransitionTime : undefined;
  return [
    ...removeCondition(conditions, next.type),
    { ...next, lastUpdateTime: time, lastTransitionTime: since ?? time },
  ];
}

/** New pods came up, became ready or available, or old ones went. */
function hasProgressed(before: DeploymentStatus = {}, after: DeploymentStatus): boolean {
  const oldReplicas = ({ replicas = 0, updatedReplicas = 0 }: DeploymentStatus): number =>
    replicas - updatedReplicas;
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldReplicas(after) < oldReplicas(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function isTimedOut(
  deployment: Deployment,
  progressing: DeploymentCondition | undefined,
  now: Date,
): boolean {
  if (progressing === undefined || progressing.reason === "NewReplicaSetAvailable") return false;
  if (progressing.reason === "ProgressDeadlineExceeded") return true;
  return deadlineMs(deployment, progressing) < now.getTime();
}

function deadlineMs({ spec }: Deployment, { lastUpdateTime }: DeploymentCondition): number {
  return Date.parse(lastUpdateTime ?? "") + (spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** One failure to create or delete pods is shown, that of the current ReplicaSet before those of old ones. */
function withFailures(conditions: Conditions, { current, old }: ReplicaSets, now: Date): Conditions {
  const failures = [current, ...old].map((each) => findCondition(each?.status?.conditions, "ReplicaFailure"));
  const failure = failures.find((each) => each !== undefined);
  if (failure === undefined) return removeCondition(conditions, "ReplicaFailure");
  const { status, reason = "", message = "", lastTransitionTime } = failure;
  const at = new Date(lastTransitionTime ?? now);
  return setCondition(conditions, { type: "ReplicaFailure", status, reason, message }, at);
}

/** Undefined while a ReplicaSet that has been looked after does not say how many. */
function terminatingReplicas(replicaSets: readonly ReplicaSet[]): number | undefined {
  let sum = 0;
  for (const { status } of replicaSets) {
    if (status?.terminatingReplicas !== undefined) sum += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) !== 0) return undefined;
  }
  return sum;
}
