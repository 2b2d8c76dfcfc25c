import { bindPod } from "./bind-pod.ts";
import { fitMessage } from "./framework/fit-message.ts";
import { type Framework, frameworkOf } from "./framework/profile.ts";
import type { Rejection } from "./framework/status.ts";
import { handleFailure } from "./handle-failure.ts";
import { preempt } from "./preempt.ts";
import { type QueuedPod, uidOf } from "./queue/queued-pod.ts";
import { type Decision, type Failure, schedulePod } from "./schedule-pod.ts";
import type { SchedulerParts } from "./scheduler-parts.ts";

export interface AttemptResult {
  readonly nextStartIndex: number;
  /** Binds the pod, when it has found a node. */
  readonly bind?: (signal: AbortSignal) => Promise<void>;
}

/** Decides about one pod, and does everything that follows from it but the binding. */
export function attemptPod(parts: SchedulerParts, queued: QueuedPod, startIndex: number): AttemptResult {
  const framework = frameworkOf(parts.frameworks, queued.info.pod);
  if (framework === undefined || isToBeSkipped(parts, queued)) return { nextStartIndex: startIndex };
  const startedAt = parts.clock.now();
  const decision = decide(parts, queued, framework, startIndex);
  if (decision === undefined) {
    parts.metrics.attempted("error", framework.schedulerName, parts.clock.now() - startedAt);
    return { nextStartIndex: startIndex };
  }
  const { nextStartIndex } = decision;
  if (decision.type === "placement") {
    const { nodeName } = decision;
    if (!reserve(parts, queued, framework, nodeName)) return { nextStartIndex };
    const bind = (signal: AbortSignal): Promise<void> =>
      bindPod(parts, { queued, nodeName, framework, startedAt }, signal);
    return { nextStartIndex, bind };
  }
  parts.metrics.attempted("unschedulable", framework.schedulerName, parts.clock.now() - startedAt);
  afterRejection(parts, queued, decision);
  return { nextStartIndex };
}

function isToBeSkipped({ cache, recorderOf }: SchedulerParts, queued: QueuedPod): boolean {
  const { pod, namespace } = queued.info;
  if (pod.metadata.deletionTimestamp === undefined) return cache.nodeOf(uidOf(queued)) !== undefined;
  recorderOf(pod.spec.schedulerName ?? "").record(pod, {
    type: "Warning",
    reason: "FailedScheduling",
    action: "Scheduling",
    message: `skip schedule deleting pod: ${namespace}/${pod.metadata.name}`,
  });
  return true;
}

/** Undefined when a plugin failed, which is dealt with. */
function decide(
  parts: SchedulerParts,
  queued: QueuedPod,
  framework: Framework,
  startIndex: number,
): Decision | undefined {
  const { cache, listers, memo, nominator, random, clock, metrics, logger } = parts;
  const now = clock.now();
  const cycle = { snapshot: cache.snapshot(), listers, memo };
  try {
    const pod = queued.info;
    return schedulePod({ pod, framework, cycle, nominated: nominator, startIndex, random, now });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    logger.error("Deciding about pod failed", { pod: queued.info.pod.metadata.name, error });
    const rejectors = new Set<string>();
    handleFailure(parts, queued, { reason: "SchedulerError", message, rejectors, nominatedNodeName: "" });
    return undefined;
  } finally {
    metrics.decided(clock.now() - now);
  }
}

/** Takes the room on the node, so that nobody else gets it while the pod is being bound. False after a rejection. */
function reserve(parts: SchedulerParts, queued: QueuedPod, framework: Framework, nodeName: string): boolean {
  const { info } = queued;
  parts.cache.assumePod(info, nodeName);
  parts.nominator.forget(uidOf(queued));
  for (const plugin of framework.reserves) {
    const rejection = plugin.reserve(info, nodeName);
    if (rejection === undefined) continue;
    for (const each of framework.reserves) each.unreserve(info, nodeName);
    parts.cache.forgetPod(uidOf(queued));
    handleFailure(parts, queued, {
      reason: "Unschedulable",
      message: reserveMessage(rejection, nodeName, plugin.name),
      rejectors: new Set([plugin.name]),
      nominatedNodeName: "",
    });
    return false;
  }
  return true;
}

function reserveMessage(rejection: Rejection, nodeName: string, plugin: string): string {
  const others: Rejection = { code: "UnschedulableAndUnresolvable", reasons: [] };
  return fitMessage(1, { byNode: new Map([[nodeName, { ...rejection, plugin }]]), others });
}

function afterRejection(parts: SchedulerParts, queued: QueuedPod, failure: Failure): void {
  const { message, rejectors, nominatedNodeName, victims } = failure;
  parts.metrics.preemptionTried();
  if (nominatedNodeName !== undefined && victims.length > 0) {
    preempt(parts, { preemptor: queued.info, nodeName: nominatedNodeName, victims });
  }
  handleFailure(parts, queued, {
    reason: "Unschedulable",
    message,
    rejectors,
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
  });
}
