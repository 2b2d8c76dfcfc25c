/** Brings what happens in the cluster to the cache and to the queue (upstream `eventhandlers.go`). */
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Node, Pod } from "#api/generated/core-v1.ts";
import type { Change } from "#reconcile/object-cache.ts";
import type { ClusterEvent } from "./framework/cluster-event.ts";
import { podInfoOf } from "./framework/pod-info.ts";
import { frameworkOf } from "./framework/profile.ts";
import { eventsOfNodeUpdate, eventsOfPodUpdate } from "./queue/events-of.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

export function onNodeChange({ cache, queue }: SchedulerParts, change: Change<Node>): void {
  const { object } = change;
  switch (change.type) {
    case "added":
      cache.putNode(object);
      queue.onEvent({ resource: "Node", action: "Add", change: { object } });
      return;
    case "updated":
      cache.putNode(object);
      for (const event of eventsOfNodeUpdate(change.previous, object)) queue.onEvent(event);
      return;
    case "deleted":
      cache.removeNode(object.metadata.name);
      queue.onEvent({ resource: "Node", action: "Delete", change: { previous: object } });
      return;
  }
}

/** Pods that have ended take no room any more: they are as good as deleted. */
export function onPodChange(parts: SchedulerParts, change: Change<Pod>): void {
  const { object } = change;
  if (change.type === "deleted" || isPodTerminal(object)) {
    onPodGone(parts, object);
    return;
  }
  const previous = change.type === "updated" ? change.previous : undefined;
  if ((object.spec.nodeName ?? "") !== "") onAssignedPod(parts, previous, object);
  else if (frameworkOf(parts.frameworks, object) !== undefined) onWaitingPod(parts, previous, object);
}

function onAssignedPod(
  { cache, queue, nominator }: SchedulerParts,
  previous: Pod | undefined,
  object: Pod,
): void {
  const { uid } = object.metadata;
  queue.delete(uid);
  nominator.forget(uid);
  cache.putPod(object);
  const wasAssigned = previous !== undefined && (previous.spec.nodeName ?? "") !== "";
  const events: readonly ClusterEvent[] = wasAssigned
    ? eventsOfPodUpdate(previous, object)
    : [{ resource: "AssignedPod", action: "Add", change: { object } }];
  for (const event of events) queue.onEvent(event);
}

function onWaitingPod(parts: SchedulerParts, previous: Pod | undefined, object: Pod): void {
  const { cache, queue, nominator } = parts;
  if (cache.isAssumed(object.metadata.uid)) {
    // Binding a pod that is being deleted will fail: the room is free already.
    if (object.metadata.deletionTimestamp !== undefined) onPodGone(parts, object);
    return;
  }
  const info = podInfoOf(object);
  nominator.update(previous, info);
  if (previous === undefined) queue.add(info);
  else queue.update(previous, info);
  const promised = previous?.status?.nominatedNodeName ?? "";
  if (previous !== undefined && promised !== "" && promised !== object.status?.nominatedNodeName) {
    freePromisedRoom(parts, previous);
  }
}

function onPodGone(parts: SchedulerParts, pod: Pod): void {
  const { cache, queue, nominator } = parts;
  const { uid } = pod.metadata;
  queue.delete(uid);
  nominator.forget(uid);
  const nodeName = cache.nodeOf(uid);
  cache.removePod(uid);
  if (nodeName !== undefined) {
    const previous = { ...pod, spec: { ...pod.spec, nodeName } };
    queue.onEvent({ resource: "AssignedPod", action: "Delete", change: { previous } });
  } else if ((pod.status?.nominatedNodeName ?? "") !== "") {
    freePromisedRoom(parts, pod);
  }
}

/** Pods that are not more important had to leave the promised room alone. */
function freePromisedRoom({ queue }: SchedulerParts, previous: Pod): void {
  const priority = previous.spec.priority ?? 0;
  queue.onEvent(
    { resource: "AssignedPod", action: "Delete", change: { previous } },
    (pod) => pod.priority <= priority,
  );
}
