import { shouldRestart } from "#api/core/v1/container-restart.ts";
import type { Probe } from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { isContainerChanged } from "../pod/container-annotations.ts";
import { type PodContainer, podContainers } from "../pod/pod-containers.ts";
import { latestContainer } from "../pod/pod-runtime-state.ts";
import { containerStop } from "./container-stop.ts";
import type { ContainerStop } from "./pod-action.ts";
import type { PodView } from "./pod-view.ts";

export interface InitPlan {
  /** Main containers may run. */
  readonly isInitialized: boolean;
  /** An init container failed for good: the pod ends. */
  readonly hasFailed: boolean;
  readonly stops: readonly ContainerStop[];
  /** In their order. */
  readonly starts: readonly PodContainer[];
}

/** What the state of one init container or sidecar asks for. */
interface Verdict {
  /** The next one may start. */
  readonly isDone?: boolean;
  readonly start?: boolean;
  readonly stop?: ContainerStop;
  readonly hasFailed?: boolean;
}

const DONE: InitPlan = { isInitialized: true, hasFailed: false, stops: [], starts: [] };
const FAILED: InitPlan = { isInitialized: false, hasFailed: true, stops: [], starts: [] };

/**
 * Runs init containers one after the other and keeps sidecars running (`computeInitContainerActions`). The last
 * container that there is a trace of decides: those before it have had their turn, even if the runtime has forgotten
 * them.
 */
export function planInitContainers(view: PodView): InitPlan {
  const inits = podContainers(view.pod.spec).filter(({ kind }) => kind === "init" || kind === "sidecar");
  if (inits.length === 0) return DONE;
  const isMainStarted = hasStartedMain(view);
  const reached = inits.findLastIndex(({ container }) => isKnown(view, container.name));
  const verdicts = inits.map((init, index) => judge(view, init, isMainStarted || index < reached));
  if (verdicts.some(({ hasFailed }) => hasFailed)) return FAILED;
  const mayGoOn = !isMainStarted && (reached < 0 || verdicts[reached]?.isDone === true);
  const next = mayGoOn ? reached + 1 : undefined;
  return {
    isInitialized: isMainStarted || verdicts.at(-1)?.isDone === true,
    hasFailed: false,
    stops: verdicts.flatMap(({ stop }) => stop ?? []),
    starts: inits.filter((_, index) => index === next || verdicts[index]?.start === true),
  };
}

function isKnown({ runtime }: PodView, name: string): boolean {
  return latestContainer(runtime, name) !== undefined;
}

function judge(view: PodView, init: PodContainer, hadItsTurn: boolean): Verdict {
  const latest = latestContainer(view.runtime, init.container.name);
  if (latest === undefined) return { start: hadItsTurn && init.kind === "sidecar" };
  if (init.kind === "sidecar") return judgeSidecar(view, init, latest);
  return hadItsTurn ? {} : judgeInit(view, init, latest);
}

/**
 * Main containers start only after initialization. One that has exited may belong to an earlier sandbox and proves
 * nothing.
 */
function hasStartedMain({ pod, runtime }: PodView): boolean {
  return pod.spec.containers.some(({ name }) => {
    const state = latestContainer(runtime, name)?.state;
    return state === "created" || state === "running";
  });
}

function judgeInit({ pod }: PodView, { container }: PodContainer, latest: ContainerStatus): Verdict {
  switch (latest.state) {
    case "created":
      // Created and started in one step: what is left in between could not be started.
      return { start: true };
    case "running":
      return {};
    case "exited": {
      const isFailed = latest.exitCode !== 0 || latest.reason === "OOMKilled";
      if (!isFailed) return { isDone: true };
      return shouldRestart(container, pod.spec, latest.exitCode) ? { start: true } : { hasFailed: true };
    }
    case "unknown": {
      const policy = container.restartPolicy ?? pod.spec.restartPolicy;
      if (policy === "Never") return { hasFailed: true };
      return { start: true, stop: containerStop(pod, latest, { message: unknownMessage("Init container") }) };
    }
  }
}

function judgeSidecar(view: PodView, init: PodContainer, latest: ContainerStatus): Verdict {
  if (latest.state === "running") return judgeRunningSidecar(view, init, latest);
  if (latest.state !== "unknown") return { start: true };
  return {
    start: true,
    stop: containerStop(view.pod, latest, { message: unknownMessage("Init container") }),
  };
}

function judgeRunningSidecar(
  { pod, probes }: PodView,
  { container }: PodContainer,
  latest: ContainerStatus,
): Verdict {
  const { name, startupProbe, livenessProbe } = container;
  const restart = (message: string, probe?: Probe): Verdict => ({
    start: true,
    stop: containerStop(pod, latest, { message: `Init container ${name} ${message}`, probe }),
  });
  if (startupProbe !== undefined) {
    const started = probes.resultOf(latest.id, "startup");
    if (started === "failure") return restart("failed startup probe", startupProbe);
    if (started !== "success") return {};
  }
  if (isContainerChanged(container, latest)) return { isDone: true, ...restart("definition changed") };
  if (livenessProbe !== undefined && probes.resultOf(latest.id, "liveness") === "failure") {
    return { isDone: true, ...restart("failed liveness probe", livenessProbe) };
  }
  return { isDone: true };
}

/** The runtime lost sight of the container, which may run all the same. */
export function unknownMessage(what: "Container" | "Init container"): string {
  return `${what} is in "unknown" state, try killing it before restart`;
}
