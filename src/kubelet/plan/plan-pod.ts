import { mayRestartAll } from "#api/core/v1/container-restart.ts";
import type { EventFacts } from "#reconcile/action.ts";
import { type PodContainer, podContainers } from "../pod/pod-containers.ts";
import { latestContainer, runningContainers } from "../pod/pod-runtime-state.ts";
import { decideStart, type StartDecision } from "./container-start.ts";
import { containerStop, stopOrder } from "./container-stop.ts";
import { planInitContainers } from "./plan-init-containers.ts";
import { planMainContainers } from "./plan-main-containers.ts";
import { type ContainerStop, type PodAction, type PodPlan, planOf } from "./pod-action.ts";
import { type PodView, SANDBOX_FAILURE } from "./pod-view.ts";
import { type SandboxNeed, sandboxNeed } from "./sandbox-need.ts";

/** The network is asked again after this time (`backOffOnTransientErrorPeriod`). */
const NETWORK_RETRY_MS = 1000;

/** Decides what must be done so that the pod runs as its spec says, or ends as it must. */
export function planPod(view: PodView): PodPlan {
  if (view.termination !== undefined) return planTermination(view, view.termination.graceSeconds);
  if (view.volumes === "absent") return planOf([{ type: "mountVolumes" }]);
  if (view.networkError !== undefined && view.pod.spec.hostNetwork !== true) {
    const events = [networkNotReady(view.networkError)];
    return planOf([], { events, requeueAt: view.now + NETWORK_RETRY_MS });
  }
  if (view.volumes === "mounting") return planOf([]);
  const need = sandboxNeed(view);
  return need.type === "create" ? planSandbox(view, need) : planContainers(view, need.sandbox.id);
}

/** Containers stop first, sidecars last; then the sandbox; then what the node holds for the pod is given back. */
function planTermination(view: PodView, graceSeconds: number): PodPlan {
  const stops = stopEverything(view, graceSeconds);
  if (stops.length > 0) return planOf(stops);
  return planOf(view.isCleanedUp ? [] : [{ type: "cleanUp" }]);
}

function stopEverything(view: PodView, graceSeconds?: number): readonly PodAction[] {
  const { pod, runtime } = view;
  const stops: readonly ContainerStop[] = runningContainers(runtime).map((status) =>
    containerStop(pod, status, {
      ...(graceSeconds !== undefined && { graceSeconds }),
      after: stopOrder(pod, status.name),
    }),
  );
  return [
    ...(stops.length > 0 ? [{ type: "stopContainers", stops } as const] : []),
    ...runtime.sandboxes
      .filter(({ state }) => state === "ready")
      .map(({ id }) => ({ type: "stopSandbox", sandboxId: id }) as const),
  ];
}

/** A pod without a usable sandbox begins anew, init containers included, unless it is already over. */
function planSandbox(view: PodView, need: Extract<SandboxNeed, { type: "create" }>): PodPlan {
  const { pod, runtime } = view;
  const stops = stopEverything(view);
  if (isOver(view, need.attempt)) return planOf(stops);
  const events = need.previous === undefined ? [] : [sandboxChanged];
  const failure = view.failures.get(SANDBOX_FAILURE);
  if (failure !== undefined && failure.retryAt > view.now) {
    return planOf(stops, { events, requeueAt: failure.retryAt });
  }
  const isInit = new Set((pod.spec.initContainers ?? []).map(({ name }) => name));
  const purged = runtime.containers.filter(({ name }) => isInit.has(name));
  return planOf(
    [
      ...stops,
      ...purged.map(({ id }) => ({ type: "removeContainer", containerId: id }) as const),
      { type: "createSandbox", attempt: need.attempt },
    ],
    { events },
  );
}

/** Whether a pod that lost its sandbox has nothing left to do. */
function isOver(view: PodView, attempt: number): boolean {
  const { pod, runtime } = view;
  const isRestarted = pod.spec.restartPolicy !== "Never" || mayRestartAll(pod.spec);
  if (!isRestarted && attempt !== 0 && runtime.containers.length > 0) return true;
  const mains = podContainers(pod.spec).filter(({ kind }) => kind === "main");
  const hasRun = mains.some(({ container }) => latestContainer(runtime, container.name) !== undefined);
  return hasRun && mains.every(({ container }) => isRunOnceAndDone(view, container.name));
}

function isRunOnceAndDone({ pod, runtime }: PodView, name: string): boolean {
  const container = pod.spec.containers.find((each) => each.name === name);
  const policy = container?.restartPolicy ?? pod.spec.restartPolicy;
  const latest = latestContainer(runtime, name);
  return policy === "OnFailure" && latest?.state === "exited" && latest.exitCode === 0;
}

function planContainers(view: PodView, sandboxId: string): PodPlan {
  const { pod, runtime } = view;
  const [sandbox] = runtime.sandboxes;
  if (!view.hasAddresses && pod.spec.hostNetwork !== true && sandbox !== undefined) {
    return planOf([{ type: "attachNetwork", sandbox }]);
  }
  const init = planInitContainers(view);
  if (init.hasFailed) return planOf(stopEverything(view));
  const main = init.isInitialized ? planMainContainers(view) : undefined;
  // Sidecars alone do not keep a pod alive.
  if (main?.isOver === true) return planOf(stopEverything(view));
  const starts = [...ephemeralStarts(view), ...init.starts, ...(main?.starts ?? [])];
  return composePlan(
    [...prune(view), ...stopOneByOne([...init.stops, ...(main?.stops ?? [])])],
    starts.map((wanted) => decideStart(view, wanted, sandboxId)),
  );
}

function composePlan(before: readonly PodAction[], decisions: readonly StartDecision[]): PodPlan {
  const now = decisions.filter((decision) => decision.type === "now");
  const later = decisions.filter((decision) => decision.type === "later");
  return {
    actions: [...before, ...now.map(({ start }) => ({ type: "startContainer", start }) as const)],
    events: later.flatMap(({ event }) => event ?? []),
    waiting: new Map(later.map(({ name, waiting }) => [name, waiting])),
    requeueAt: later.length === 0 ? undefined : Math.min(...later.map(({ at }) => at)),
  };
}

function stopOneByOne(stops: readonly ContainerStop[]): readonly PodAction[] {
  return stops.map((stop) => ({ type: "stopContainers", stops: [stop] }));
}

/** Ephemeral containers run once, also while the pod is still being initialized. */
function ephemeralStarts(view: PodView): readonly PodContainer[] {
  return podContainers(view.pod.spec).filter(
    ({ kind, container }) =>
      kind === "ephemeral" && latestContainer(view.runtime, container.name) === undefined,
  );
}

/**
 * Of each container only the last run that has ended is kept, for `kubectl logs --previous`, and of sandboxes those
 * whose containers are kept (`kuberuntime_gc.go`).
 */
function prune({ pod, runtime }: PodView): readonly PodAction[] {
  const stale = podContainers(pod.spec).flatMap(({ container }) =>
    runtime.containers
      .filter(({ name, state }) => name === container.name && (state === "exited" || state === "unknown"))
      .slice(1),
  );
  const kept = runtime.containers.filter((container) => !stale.includes(container));
  const used = new Set(kept.map(({ sandboxId }) => sandboxId));
  return [
    ...stale.map(({ id }) => ({ type: "removeContainer", containerId: id }) as const),
    ...runtime.sandboxes
      .slice(1)
      .filter(({ id, state }) => state === "notReady" && !used.has(id))
      .map(({ id }) => ({ type: "removeSandbox", sandboxId: id }) as const),
  ];
}

function networkNotReady(why: string): EventFacts {
  return { type: "Warning", reason: "NetworkNotReady", message: `network is not ready: ${why}` };
}

const sandboxChanged: EventFacts = {
  type: "Normal",
  reason: "SandboxChanged",
  message: "Pod sandbox changed, it will be killed and re-created.",
};
