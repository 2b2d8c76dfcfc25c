import type { Pod } from "#api/generated/core-v1.ts";
import { isNotFound } from "#apimachinery/status-error.ts";
import type { PodInfo } from "./framework/pod-info.ts";
import { preempted, statusPatch } from "./pod-status.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

export interface Preemption {
  readonly preemptor: PodInfo;
  readonly nodeName: string;
  readonly victims: readonly Pod[];
}

/**
 * Takes pods away to make room for another, which is not tried before all of them have been told to go (KEP-4832).
 * When that fails it is tried again at once, as nothing else might make it.
 */
export function preempt(parts: SchedulerParts, { preemptor, nodeName, victims }: Preemption): void {
  const { uid } = preemptor.pod.metadata;
  const remaining = victims.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  parts.metrics.preempted(victims.length);
  withdrawPromises(parts, preemptor, nodeName);
  if (remaining.length === 0) return;
  const hold = parts.queue.hold(uid);
  parts.run(async (signal) => {
    const outcomes = await Promise.allSettled(
      remaining.map((victim) => takeAway(parts, { preemptor, nodeName, victim }, signal)),
    );
    hold[Symbol.dispose]();
    if (signal.aborted) return;
    const failed = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [outcome.reason as unknown] : [],
    );
    for (const error of failed) parts.logger.warn("Could not preempt pod", { node: nodeName, error });
    if (failed.length > 0) parts.queue.activate(uid);
  });
}

/** Less important pods that were promised room on the node may no longer fit, and should look elsewhere. */
function withdrawPromises(
  { nominator, statusWriter }: SchedulerParts,
  preemptor: PodInfo,
  nodeName: string,
): void {
  for (const other of nominator.on(nodeName)) {
    if (other.priority < preemptor.priority) statusWriter.write(other.pod, { nominatedNodeName: "" });
  }
}

interface Taking {
  readonly preemptor: PodInfo;
  readonly nodeName: string;
  readonly victim: Pod;
}

async function takeAway(
  { client, clock, recorderOf }: SchedulerParts,
  { preemptor, nodeName, victim }: Taking,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name, uid } = victim.metadata;
  const schedulerName = preemptor.pod.spec.schedulerName ?? "";
  const document = statusPatch(victim, { condition: preempted(victim, schedulerName) }, { now: clock.now() });
  try {
    if (document !== undefined) {
      const patch = { type: "strategic", document, subresource: "status" } as const;
      await client.patch("Pod", { namespace, name }, patch, { signal });
    }
    await client.delete("Pod", { namespace, name }, { preconditions: { uid }, signal });
  } catch (error) {
    if (isNotFound(error)) return;
    throw error;
  }
  recorderOf(schedulerName).record(victim, {
    type: "Normal",
    reason: "Preempted",
    action: "Preempting",
    message: `Preempted by pod ${preemptor.pod.metadata.uid} on node ${nodeName}`,
  });
}
