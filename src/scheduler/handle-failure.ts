import type { Pod } from "#api/generated/core-v1.ts";
import { type PodInfo, podInfoOf } from "./framework/pod-info.ts";
import { notScheduled } from "./pod-status.ts";
import { type QueuedPod, uidOf } from "./queue/queued-pod.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

export interface AttemptFailure {
  readonly reason: "Unschedulable" | "SchedulerError";
  readonly message: string;
  /** The plugins that rejected the pod; none after an error. */
  readonly rejectors: ReadonlySet<string>;
  /** The node that the pod is promised from now on; empty for none, undefined for no change. */
  readonly nominatedNodeName?: string;
}

/** The longest message of an event. */
const MAX_MESSAGE = 1024;

/** Puts the pod back, as it is now, and says why it is not on a node yet. */
export function handleFailure(parts: SchedulerParts, queued: QueuedPod, failure: AttemptFailure): void {
  const pod = currentPod(parts, queued.info);
  if (pod === undefined) return;
  const { reason, message, rejectors, nominatedNodeName } = failure;
  const info = pod === queued.info.pod ? queued.info : podInfoOf(pod);
  parts.queue.putBack(queued, info, rejectors);
  if (nominatedNodeName === undefined) parts.nominator.update(pod, info);
  else parts.nominator.nominate(info, nominatedNodeName);
  parts.recorderOf(pod.spec.schedulerName ?? "").record(pod, {
    type: "Warning",
    reason: "FailedScheduling",
    action: "Scheduling",
    message: truncate(message),
  });
  parts.statusWriter.write(pod, {
    condition: notScheduled(pod, reason, message),
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
  });
}

/** The latest state of the pod, unless it is gone, replaced by another of its name, or on a node after all. */
function currentPod({ pods, nominator }: SchedulerParts, info: PodInfo): Pod | undefined {
  const pod = pods.get(info.namespace, info.pod.metadata.name);
  if (pod?.metadata.uid === uidOf({ info }) && (pod.spec.nodeName ?? "") === "") return pod;
  nominator.forget(uidOf({ info }));
  return undefined;
}

function truncate(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 4)} ...`;
}
