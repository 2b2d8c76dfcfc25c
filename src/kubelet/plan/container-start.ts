import { shouldRestart } from "#api/core/v1/container-restart.ts";
import type {
  ContainerStatus as ApiContainerStatus,
  EphemeralContainer,
  Pod,
  PodStatus,
} from "#api/generated/core-v1.ts";
import { formatDuration } from "#apimachinery/duration.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import type { EventFacts } from "#reconcile/action.ts";
import type { PodContainer } from "../pod/pod-containers.ts";
import { latestContainer } from "../pod/pod-runtime-state.ts";
import { formatPod } from "../pod/pod-text.ts";
import type { ContainerStart, WaitingReason } from "./pod-action.ts";
import type { PodView } from "./pod-view.ts";
import { type RestartDelay, restartDelay } from "./restart-delay.ts";

/** A container that should start: now, or later for a reason that the status tells. */
export type StartDecision =
  | { readonly type: "now"; readonly start: ContainerStart }
  | {
      readonly type: "later";
      readonly name: string;
      readonly at: number;
      readonly waiting: WaitingReason;
      readonly event?: EventFacts;
    };

export function decideStart(view: PodView, wanted: PodContainer, sandboxId: string): StartDecision {
  const { container } = wanted;
  const failure = view.failures.get(container.name);
  if (failure !== undefined && failure.retryAt > view.now) {
    const { reason, message, retryAt } = failure;
    return { type: "later", name: container.name, at: retryAt, waiting: { reason, message } };
  }
  const runs = view.runtime.containers.filter(({ name }) => name === container.name);
  const delay = restartDelay(container, runs);
  if (delay !== undefined && delay.startAt > view.now) return crashLoop(view.pod, wanted, delay);
  const attempt = nextAttempt(view, container.name);
  const restartDelayMs = delay?.nextDelayMs;
  return {
    type: "now",
    start: { ...wanted, sandboxId, attempt, restartDelayMs, pidTarget: pidTarget(view, wanted) },
  };
}

/** Whether a container that does not run should start (`ShouldContainerBeRestarted`). */
export function isStartWanted(
  { pod }: PodView,
  { container }: PodContainer,
  latest: ContainerStatus | undefined,
): boolean {
  if (latest === undefined || latest.state === "created" || latest.state === "unknown") return true;
  return latest.state === "exited" && shouldRestart(container, pod.spec, latest.exitCode);
}

/**
 * One more than the run before, of which only the status may still know. A status without the id of a container
 * counts the coming run already.
 */
function nextAttempt({ status, runtime }: PodView, name: string): number {
  const latest = latestContainer(runtime, name);
  if (latest !== undefined) return latest.attempt + 1;
  const known = containerStatusOf(status, name);
  if (known === undefined) return 0;
  return (known.containerID ?? "") === "" ? known.restartCount : known.restartCount + 1;
}

function containerStatusOf(status: PodStatus, name: string): ApiContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].find(
    (each) => each.name === name,
  );
}

function pidTarget({ runtime }: PodView, { kind, container }: PodContainer): string | undefined {
  if (kind !== "ephemeral") return undefined;
  // The kind says which of the two types it is.
  const { targetContainerName = "" } = container as EphemeralContainer;
  return targetContainerName === "" ? undefined : latestContainer(runtime, targetContainerName)?.id;
}

function crashLoop(pod: Pod, { container, fieldPath }: PodContainer, delay: RestartDelay): StartDecision {
  const duration = formatDuration(BigInt(delay.delayMs) * 1_000_000n);
  return {
    type: "later",
    name: container.name,
    at: delay.startAt,
    waiting: {
      reason: "CrashLoopBackOff",
      message: `back-off ${duration} restarting failed container=${container.name} pod=${formatPod(pod)}`,
    },
    event: {
      type: "Warning",
      reason: "BackOff",
      message: `Back-off restarting failed container ${container.name} in pod ${formatPod(pod)}`,
      fieldPath,
    },
  };
}
