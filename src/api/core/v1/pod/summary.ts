/** What `kubectl get pods` says of a pod (`pkg/printers/internalversion/printers.go` printPod). */
import { isConditionTrue } from "#apimachinery/conditions.ts";
import type { ContainerStateTerminated, ContainerStatus, Pod } from "../../../generated/core-v1.ts";
import { isSidecar } from "../pod-resources.ts";

export interface PodSummary {
  readonly ready: number;
  /** Containers that run as long as the pod, sidecars included. */
  readonly total: number;
  /** `Running`, or what else there is to know: `Init:0/1`, `CrashLoopBackOff`, `Completed`, `Terminating`. */
  readonly status: string;
  readonly restarts: Restarts;
}

export interface Restarts {
  readonly count: number;
  /** When the container that was restarted last had ended: milliseconds since the epoch. */
  readonly last: number | undefined;
}

/** The state of a group of containers. */
interface Progress {
  readonly ready: number;
  /** What the containers say of the pod; undefined when they say nothing. */
  readonly reason: string | undefined;
  readonly restarts: Restarts;
}

const NO_RESTARTS: Restarts = { count: 0, last: undefined };

export function summarizePod(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  const total = (spec.containers ?? []).length + sidecars.size;
  const init = initProgress(pod, sidecars);
  const own = ownReason(pod);
  if (init.reason !== undefined && !isConditionTrue(status?.conditions, "Initialized")) {
    return { ready: init.ready, total, status: deletionReason(pod) ?? init.reason, restarts: init.restarts };
  }
  const sidecarRestarts = reachedStatuses(pod, sidecars)
    .filter(({ name }) => sidecars.has(name))
    .reduce(addRestarts, NO_RESTARTS);
  const main = mainProgress(pod, init.reason ?? own, sidecarRestarts);
  return {
    ready: init.ready + main.ready,
    total,
    status: deletionReason(pod) ?? main.reason ?? own,
    restarts: main.restarts,
  };
}

/** What is known without looking at containers. */
function ownReason({ status }: Pod): string {
  const isGated = status?.conditions?.some(
    ({ type, reason }) => type === "PodScheduled" && reason === "SchedulingGated",
  );
  if (isGated === true) return "SchedulingGated";
  return (status?.reason ?? "") === "" ? (status?.phase ?? "") : (status?.reason ?? "");
}

/** Deletion hides everything else. */
function deletionReason({ metadata, status }: Pod): string | undefined {
  if ((metadata.deletionTimestamp ?? null) === null) return undefined;
  if (status?.reason === "NodeLost") return "Unknown";
  const isTerminal = status?.phase === "Succeeded" || status?.phase === "Failed";
  return isTerminal ? undefined : "Terminating";
}

/** The init containers that have had their turn: all up to the first that is not done. */
function reachedStatuses({ status }: Pod, sidecars: ReadonlySet<string>): readonly ContainerStatus[] {
  const statuses = status?.initContainerStatuses ?? [];
  const pending = statuses.findIndex((each) => !isInitialized(each, sidecars));
  return pending < 0 ? statuses : statuses.slice(0, pending + 1);
}

function initProgress(pod: Pod, sidecars: ReadonlySet<string>): Progress {
  const reached = reachedStatuses(pod, sidecars);
  const last = reached.at(-1);
  const isPending = last !== undefined && !isInitialized(last, sidecars);
  const position = `${String(reached.length - 1)}/${String((pod.spec.initContainers ?? []).length)}`;
  const ready = reached.filter((each) => isStartedSidecar(each, sidecars) && each.ready && !isDone(each));
  return {
    ready: ready.length,
    reason: isPending ? `Init:${initReason(last) ?? position}` : undefined,
    restarts: reached.reduce(addRestarts, NO_RESTARTS),
  };
}

function isInitialized(status: ContainerStatus, sidecars: ReadonlySet<string>): boolean {
  return isDone(status) || isStartedSidecar(status, sidecars);
}

function isDone({ state }: ContainerStatus): boolean {
  return state?.terminated?.exitCode === 0;
}

function isStartedSidecar({ name, started }: ContainerStatus, sidecars: ReadonlySet<string>): boolean {
  return sidecars.has(name) && started === true;
}

function initReason({ state }: ContainerStatus): string | undefined {
  if (state?.terminated !== undefined) return terminationReason(state.terminated);
  const reason = state?.waiting?.reason ?? "";
  return reason === "" || reason === "PodInitializing" ? undefined : reason;
}

/** Of several containers with something to say, the first is heard. */
function mainProgress({ status }: Pod, initial: string, sidecarRestarts: Restarts): Progress {
  const statuses = status?.containerStatuses ?? [];
  const reasons = statuses.map(mainReason);
  const reason = reasons.find((each) => each !== undefined) ?? initial;
  const ready = statuses.filter((each) => mainReason(each) === undefined && isRunning(each));
  const failed = statuses.findIndex(({ state }) => isFailed(state));
  const isReady = isConditionTrue(status?.conditions, "Ready");
  return {
    ready: ready.length,
    reason: reason === "Completed" ? completedReason(ready.length > 0, isReady, reasons[failed]) : reason,
    restarts: statuses.reduce(addRestarts, sidecarRestarts),
  };
}

function isRunning({ ready, state }: ContainerStatus): boolean {
  return ready && state?.running !== undefined;
}

function isFailed(state: ContainerStatus["state"]): boolean {
  const isWaiting = (state?.waiting?.reason ?? "") !== "";
  return !isWaiting && state?.terminated !== undefined && state.terminated.exitCode !== 0;
}

function mainReason({ state }: ContainerStatus): string | undefined {
  const waiting = state?.waiting?.reason ?? "";
  if (waiting !== "") return waiting;
  return state?.terminated === undefined ? undefined : terminationReason(state.terminated);
}

/** A container that has completed is not the whole story while others run or have failed. */
function completedReason(hasRunning: boolean, isReady: boolean, failure: string | undefined): string {
  if (hasRunning && isReady) return "Running";
  return failure ?? (hasRunning ? "NotReady" : "Completed");
}

function terminationReason({ reason = "", signal = 0, exitCode }: ContainerStateTerminated): string {
  if (reason !== "") return reason;
  return signal === 0 ? `ExitCode:${String(exitCode)}` : `Signal:${String(signal)}`;
}

function addRestarts(restarts: Restarts, { restartCount, lastState }: ContainerStatus): Restarts {
  const finishedAt = lastState?.terminated?.finishedAt ?? "";
  const ended = finishedAt === "" ? undefined : Date.parse(finishedAt);
  const isLater = ended !== undefined && (restarts.last === undefined || ended > restarts.last);
  return { count: restarts.count + restartCount, last: isLater ? ended : restarts.last };
}
