import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Deployment, ReplicaSet } from "#api/generated/apps-v1.ts";
import type { Pod } from "#api/generated/core-v1.ts";
import {
  activeOf,
  allOf,
  newReplicaSet,
  type ReplicaSets,
  replicasOf,
  statusTotal,
  totalReplicas,
  withReplicas,
} from "./replica-sets.ts";
import { withRevision } from "./revision.ts";
import { resize } from "./scale.ts";
import { desiredReplicas, isRollingUpdate, maxSurge, maxUnavailable } from "./strategy.ts";

/** The next step of a rolling update: first up where there is room, then down where enough pods are available. */
export function rollingUpdate(deployment: Deployment, sets: ReplicaSets): ReplicaSets {
  const withCurrent = ensureCurrent(deployment, sets);
  const { current, old } = withCurrent;
  const size = nextSize(deployment, current, allOf(withCurrent));
  if (size !== replicasOf(current))
    return resize(withCurrent, deployment, new Map([[current.metadata.uid, size]]));
  return resize(withCurrent, deployment, shrinkOld(deployment, current, old));
}

/** The next step of a Recreate: no new pod before the last old one has ended. */
export function recreate(deployment: Deployment, sets: ReplicaSets, pods: readonly Pod[]): ReplicaSets {
  const active = activeOf(sets.old);
  if (active.length > 0) {
    return resize(sets, deployment, new Map(active.map(({ metadata }) => [metadata.uid, 0])));
  }
  if (hasOldPods(sets, pods)) return sets;
  const withCurrent = ensureCurrent(deployment, sets);
  const { uid } = withCurrent.current.metadata;
  return resize(withCurrent, deployment, new Map([[uid, desiredReplicas(deployment)]]));
}

/** The ReplicaSets with a current one, which is yet to be created where it is missing. */
function ensureCurrent(
  deployment: Deployment,
  sets: ReplicaSets,
): ReplicaSets & { readonly current: ReplicaSet } {
  const { current, old } = sets;
  if (current !== undefined) return { current, old };
  const created = newReplicaSet(deployment);
  const size = nextSize(deployment, created, [...old, created]);
  return { current: withRevision(withReplicas(created, size, deployment), old, deployment), old };
}

/** The ReplicaSets with the current one in step with what it takes from the Deployment besides its size. */
export function syncCurrent(deployment: Deployment, { current, old }: ReplicaSets): ReplicaSets {
  if (current === undefined) return { current, old };
  const revised = withRevision(current, old, deployment);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if ((current.spec.minReadySeconds ?? 0) === minReadySeconds) return { current: revised, old };
  return { current: { ...revised, spec: { ...revised.spec, minReadySeconds } }, old };
}

/** How large the current ReplicaSet may be now. */
function nextSize(deployment: Deployment, current: ReplicaSet, all: readonly ReplicaSet[]): number {
  const desired = desiredReplicas(deployment);
  const size = replicasOf(current);
  if (!isRollingUpdate(deployment) || size > desired) return desired;
  const room = Math.max(0, desired + maxSurge(deployment) - totalReplicas(all));
  return size + Math.min(room, desired - size);
}

/** The new sizes of old ReplicaSets by uid, the oldest giving first. */
function shrinkOld(
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): ReadonlyMap<string, number> {
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const missing = replicasOf(current) - (current.status?.availableReplicas ?? 0);
  // Pods that the current one is still waiting for count as unavailable already.
  const spare = totalReplicas([...old, current]) - minAvailable - missing;
  if (totalReplicas(old) === 0 || spare <= 0) return new Map();
  const healthy = takeFrom(old, sizesOf(old), spare, unhealthyReplicas);
  const surplus = statusTotal([...old, current], "availableReplicas") - minAvailable;
  return takeFrom(old, healthy, surplus, (_, size) => size);
}

function sizesOf(replicaSets: readonly ReplicaSet[]): ReadonlyMap<string, number> {
  return new Map(replicaSets.map((each) => [each.metadata.uid, replicasOf(each)]));
}

/** Unhealthy pods go first: nobody misses them, and they would block the rollout. */
function unhealthyReplicas({ status }: ReplicaSet, size: number): number {
  return Math.max(0, size - (status?.availableReplicas ?? 0));
}

/** Takes up to `count` pods, from each ReplicaSet no more than it `gives`. */
function takeFrom(
  replicaSets: readonly ReplicaSet[],
  sizes: ReadonlyMap<string, number>,
  count: number,
  gives: (replicaSet: ReplicaSet, size: number) => number,
): ReadonlyMap<string, number> {
  const next = new Map(sizes);
  let left = count;
  for (const each of replicaSets) {
    const size = sizes.get(each.metadata.uid) ?? 0;
    const taken = Math.max(0, Math.min(left, gives(each, size)));
    next.set(each.metadata.uid, size - taken);
    left -= taken;
  }
  return next;
}

/** Pods that are being deleted still run; those of the current ReplicaSet do not count. */
function hasOldPods({ current, old }: ReplicaSets, pods: readonly Pod[]): boolean {
  if (statusTotal(old, "replicas") > 0) return true;
  return pods.some(
    (pod) =>
      !isPodTerminal(pod) &&
      !(pod.metadata.ownerReferences ?? []).some(({ uid }) => uid === current?.metadata.uid),
  );
}
