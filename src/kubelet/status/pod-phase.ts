import { shouldRestart } from "#api/core/v1/container-restart.ts";
import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from "#api/generated/core-v1.ts";
import { isStaticPod } from "../pod/pod-origin.ts";
import type { ContainerStatuses } from "./container-statuses.ts";

type Phase = NonNullable<PodStatus["phase"]>;

export interface PhaseFacts {
  /** All containers have stopped and none will start again. */
  readonly isTerminal: boolean;
  /** A main container of the present sandbox has been made. */
  readonly hasInitialized: boolean;
}

/** What one container contributes to the phase of its pod. */
type Contribution =
  | { readonly type: "unknown" | "waiting" | "running" }
  | { readonly type: "stopped"; readonly restarts: boolean; readonly hasSucceeded: boolean };

/** The phase that the states of the containers add up to (`kubelet_pods.go` getPhase). */
export function podPhase(pod: Pod, statuses: ContainerStatuses, facts: PhaseFacts): Phase {
  const { spec } = pod;
  const init = initContributions(spec, statuses.initContainerStatuses);
  if (init.hasFailed) return "Failed";
  const mains = spec.containers.map((main) => contributionOf(main, spec, statuses.containerStatuses));
  const types = new Set([...init.sidecars, ...mains].map(({ type }) => type));
  const isInitializing = init.isPending || (init.isSidecarPending && !facts.hasInitialized);
  if (isInitializing || types.has("waiting") || types.has("unknown")) return "Pending";
  if (types.has("running")) return "Running";
  const stopped = mains.filter((main) => main.type === "stopped");
  if (stopped.length === 0) return "Pending";
  const isFinal = facts.isTerminal && !isStaticPod(pod);
  if (!isFinal && stopped.some(({ restarts }) => restarts)) return "Running";
  return stopped.every(({ hasSucceeded }) => hasSucceeded) ? "Succeeded" : "Failed";
}

function contributionOf(
  container: Container,
  spec: PodSpec,
  statuses: readonly ContainerStatus[],
): Contribution {
  const status = statuses.find(({ name }) => name === container.name);
  const { running, terminated, waiting } = status?.state ?? {};
  if (running !== undefined) return { type: "running" };
  if (terminated !== undefined) {
    const { exitCode } = terminated;
    const restarts = shouldRestart(container, spec, exitCode);
    return { type: "stopped", restarts, hasSucceeded: exitCode === 0 };
  }
  const last = status?.lastState?.terminated;
  if (waiting === undefined) return { type: "unknown" };
  if (last === undefined) return { type: "waiting" };
  // A container that waits for its next run has not succeeded, whatever the last one came to.
  return { type: "stopped", restarts: shouldRestart(container, spec, last.exitCode), hasSucceeded: false };
}

function initContributions(spec: PodSpec, statuses: readonly ContainerStatus[]) {
  const { initContainers = [] } = spec;
  const statusOf = ({ name }: Container) => statuses.find((status) => status.name === name);
  const inits = initContainers.filter((init) => !isSidecar(init));
  const sidecars = initContainers.filter(isSidecar);
  const failures = inits.filter((init) => hasFailedForGood(init, spec, statusOf(init)));
  return {
    hasFailed: failures.length > 0,
    isPending: inits.some((init) => isInitPending(statusOf(init))),
    isSidecarPending: sidecars.some((sidecar) => isSidecarPending(statusOf(sidecar))),
    sidecars: sidecars.flatMap((sidecar) => sidecarContribution(statusOf(sidecar))),
  };
}

function hasFailedForGood(init: Container, spec: PodSpec, status: ContainerStatus | undefined): boolean {
  const { terminated, waiting } = status?.state ?? {};
  const ended = terminated ?? (waiting === undefined ? undefined : status?.lastState?.terminated);
  return ended !== undefined && ended.exitCode !== 0 && !shouldRestart(init, spec, ended.exitCode);
}

function isInitPending(status: ContainerStatus | undefined): boolean {
  const { terminated, waiting } = status?.state ?? {};
  if (terminated !== undefined) return false;
  return waiting === undefined || status?.lastState?.terminated === undefined;
}

function isSidecarPending(status: ContainerStatus | undefined): boolean {
  const { running, terminated, waiting } = status?.state ?? {};
  if (running !== undefined) return status?.started !== true;
  if (terminated !== undefined || status === undefined) return false;
  return waiting === undefined || status.lastState?.terminated === undefined;
}

/** Sidecars that have stopped do not count. */
function sidecarContribution(status: ContainerStatus | undefined): readonly Contribution[] {
  const { running, terminated, waiting } = status?.state ?? {};
  if (running !== undefined) return [{ type: "running" }];
  if (terminated !== undefined) return [];
  if (waiting === undefined) return [{ type: "unknown" }];
  return status?.lastState?.terminated === undefined ? [{ type: "waiting" }] : [];
}
