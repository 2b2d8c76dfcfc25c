import type { Container, Probe } from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { isContainerChanged } from "../pod/container-annotations.ts";
import { type PodContainer, podContainers } from "../pod/pod-containers.ts";
import { latestContainer } from "../pod/pod-runtime-state.ts";
import { isStartWanted } from "./container-start.ts";
import { containerStop } from "./container-stop.ts";
import { unknownMessage } from "./plan-init-containers.ts";
import type { ContainerStop } from "./pod-action.ts";
import type { PodView } from "./pod-view.ts";

export interface MainPlan {
  readonly stops: readonly ContainerStop[];
  /** In their order. */
  readonly starts: readonly PodContainer[];
  /** None runs and none will. */
  readonly isOver: boolean;
}

interface Fault {
  readonly message: string;
  readonly restarts: boolean;
  readonly probe?: Probe | undefined;
}

/** Starts main containers that should run and stops those that must not go on (`computePodActions`). */
export function planMainContainers(view: PodView): MainPlan {
  const stops: ContainerStop[] = [];
  const starts: PodContainer[] = [];
  let kept = 0;
  for (const main of podContainers(view.pod.spec).filter(({ kind }) => kind === "main")) {
    const latest = latestContainer(view.runtime, main.container.name);
    if (latest?.state !== "running") {
      if (!isStartWanted(view, main, latest)) continue;
      starts.push(main);
      if (latest?.state === "unknown") {
        stops.push(containerStop(view.pod, latest, { message: unknownMessage("Container") }));
      }
      continue;
    }
    const fault = faultOf(view, main.container, latest);
    if (fault === undefined) {
      kept += 1;
      continue;
    }
    if (fault.restarts) starts.push(main);
    const message = fault.restarts ? `${fault.message}, will be restarted` : fault.message;
    stops.push(containerStop(view.pod, latest, { message, probe: fault.probe }));
  }
  return { stops, starts, isOver: kept === 0 && starts.length === 0 };
}

/** Why a running container must not go on. */
function faultOf({ pod, probes }: PodView, container: Container, latest: ContainerStatus): Fault | undefined {
  const { name, livenessProbe, startupProbe, restartPolicy = pod.spec.restartPolicy } = container;
  const restarts = restartPolicy !== "Never";
  if (isContainerChanged(container, latest)) {
    return { message: `Container ${name} definition changed`, restarts: true };
  }
  if (livenessProbe !== undefined && probes.resultOf(latest.id, "liveness") === "failure") {
    return { message: `Container ${name} failed liveness probe`, restarts, probe: livenessProbe };
  }
  if (startupProbe !== undefined && probes.resultOf(latest.id, "startup") === "failure") {
    return { message: `Container ${name} failed startup probe`, restarts, probe: startupProbe };
  }
  return undefined;
}
