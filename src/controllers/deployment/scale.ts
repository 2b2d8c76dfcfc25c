import type { Deployment, ReplicaSet } from "#api/generated/apps-v1.ts";
import {
  activeOf,
  allOf,
  byCreation,
  type ReplicaSets,
  recordedDesired,
  recordedMax,
  replicasOf,
  totalReplicas,
  withReplicas,
} from "./replica-sets.ts";
import { desiredReplicas, isRollingUpdate, maxSurge } from "./strategy.ts";

/** True when the Deployment's size has changed since its ReplicaSets were last scaled. */
export function isScalingEvent(deployment: Deployment, sets: ReplicaSets): boolean {
  return activeOf(allOf(sets)).some((each) => {
    const recorded = recordedDesired(each);
    return recorded !== undefined && recorded !== desiredReplicas(deployment);
  });
}

/**
 * The ReplicaSets at the Deployment's new size, without moving the rollout on: one active ReplicaSet takes all of
 * the change, several share it in proportion to their sizes so that the share of a bad template does not grow.
 */
export function scale(deployment: Deployment, sets: ReplicaSets): ReplicaSets {
  const only = onlyActiveOrLatest(sets);
  if (only !== undefined)
    return resize(sets, deployment, new Map([[only.metadata.uid, desiredReplicas(deployment)]]));
  if (isSaturated(deployment, sets.current)) {
    return resize(sets, deployment, new Map(activeOf(sets.old).map(({ metadata }) => [metadata.uid, 0])));
  }
  if (!isRollingUpdate(deployment)) return sets;
  const sizes = proportionalSizes(deployment, activeOf(allOf(sets)));
  // Also those that keep their size now belong to a Deployment of another size.
  return mapSets(sets, (each) => {
    const size = sizes.get(each.metadata.uid);
    return size === undefined ? each : withReplicas(each, size, deployment);
  });
}

/** The ReplicaSets with some of them at other sizes. */
export function resize(
  sets: ReplicaSets,
  deployment: Deployment,
  sizes: ReadonlyMap<string, number>,
): ReplicaSets {
  return mapSets(sets, (each) => {
    const size = sizes.get(each.metadata.uid) ?? replicasOf(each);
    return size === replicasOf(each) ? each : withReplicas(each, size, deployment);
  });
}

function mapSets({ current, old }: ReplicaSets, change: (replicaSet: ReplicaSet) => ReplicaSet): ReplicaSets {
  return { current: current && change(current), old: old.map(change) };
}

function onlyActiveOrLatest({ current, old }: ReplicaSets): ReplicaSet | undefined {
  const active = activeOf(allOf({ current, old }));
  if (active.length === 0) return current ?? old.at(-1);
  return active.length === 1 ? active[0] : undefined;
}

/** The current ReplicaSet has all pods, and all of them are available. */
function isSaturated(deployment: Deployment, current: ReplicaSet | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    current !== undefined &&
    replicasOf(current) === desired &&
    recordedDesired(current) === desired &&
    (current.status?.availableReplicas ?? 0) === desired
  );
}

/** The sizes by uid. The largest ReplicaSet takes what rounding leaves over. */
function proportionalSizes(
  deployment: Deployment,
  active: readonly ReplicaSet[],
): ReadonlyMap<string, number> {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const change = allowed - totalReplicas(active);
  const sorted = active.toSorted(
    (a, b) => compareSizes(a, b) || (change > 0 ? byCreation(b, a) : byCreation(a, b)),
  );
  const sizes = new Map<string, number>();
  let done = 0;
  for (const each of sorted) {
    const share = shareOf(each, deployment, change, done);
    sizes.set(each.metadata.uid, replicasOf(each) + share);
    done += share;
  }
  const [largest] = sorted;
  if (largest !== undefined) {
    const size = sizes.get(largest.metadata.uid) ?? 0;
    sizes.set(largest.metadata.uid, Math.max(0, size + change - done));
  }
  return sizes;
}

function compareSizes(a: ReplicaSet, b: ReplicaSet): number {
  return replicasOf(b) - replicasOf(a);
}

/** The part of the change that the ReplicaSet takes, at most what is left of it. */
function shareOf(replicaSet: ReplicaSet, deployment: Deployment, change: number, done: number): number {
  const left = change - done;
  if (left === 0) return 0;
  const fraction = fractionOf(replicaSet, deployment);
  return change > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function fractionOf(replicaSet: ReplicaSet, deployment: Deployment): number {
  const size = replicasOf(replicaSet);
  const desired = desiredReplicas(deployment);
  if (desired === 0) return -size;
  // The annotation can be missing when somebody has removed it; the size of all pods is the next best measure.
  const maxBefore = recordedMax(replicaSet) ?? 0;
  const before = maxBefore === 0 ? (deployment.status?.replicas ?? 0) : maxBefore;
  if (before === 0) return 0;
  return roundHalfAway((size * (desired + maxSurge(deployment))) / before) - size;
}

/** Go's rounding of shares: halves go away from zero. */
function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
