import { shouldRestart } from "#api/core/v1/container-restart.ts";
import type {
  ContainerStatus as ApiContainerStatus,
  Container,
  ContainerState,
  EphemeralContainer,
  Pod,
  VolumeMountStatus,
} from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { type ContainerKind, type PodContainer, podContainers } from "../pod/pod-containers.ts";
import { latestContainer } from "../pod/pod-runtime-state.ts";
import { withProbes } from "./container-readiness.ts";
import { containerID, LOST_EXIT_CODE, stateOf } from "./container-state.ts";
import type { StatusView } from "./status-view.ts";

export interface ContainerStatuses {
  readonly initContainerStatuses: readonly ApiContainerStatus[];
  readonly containerStatuses: readonly ApiContainerStatus[];
  readonly ephemeralContainerStatuses: readonly ApiContainerStatus[];
}

/** The statuses of all containers (`convertToAPIContainerStatuses`): init containers in their order, others by name. */
export function containerStatuses(view: StatusView): ContainerStatuses {
  const { previous } = view;
  const all = podContainers(view.pod.spec);
  const statusesOf = (
    kinds: readonly ContainerKind[],
    old: readonly ApiContainerStatus[] = [],
  ): readonly ApiContainerStatus[] =>
    all
      .filter(({ kind }) => kinds.includes(kind))
      .map((each) =>
        statusOf(
          view,
          each,
          old.find(({ name }) => name === each.container.name),
        ),
      );
  return {
    initContainerStatuses: statusesOf(["init", "sidecar"], previous.initContainerStatuses),
    containerStatuses: byName(statusesOf(["main"], previous.containerStatuses)),
    ephemeralContainerStatuses: byName(statusesOf(["ephemeral"], previous.ephemeralContainerStatuses)),
  };
}

function byName(statuses: readonly ApiContainerStatus[]): readonly ApiContainerStatus[] {
  return statuses.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function statusOf(
  view: StatusView,
  each: PodContainer,
  old: ApiContainerStatus | undefined,
): ApiContainerStatus {
  const [newest, before] = view.runtime.containers.filter(({ name }) => name === each.container.name);
  const status =
    newest === undefined ? absentStatus(view, each, old) : presentStatus(view, each, newest, old);
  const withLast = before === undefined ? status : { ...status, lastState: stateOf(view, before, old) };
  return withProbes(view, each, withWaiting(view, each, withLast), old);
}

/** A container that the runtime does not know: not yet made, or forgotten. */
function absentStatus(
  view: StatusView,
  each: PodContainer,
  old: ApiContainerStatus | undefined,
): ApiContainerStatus {
  const { container } = each;
  if (old?.state?.terminated !== undefined) return old;
  const fresh: ApiContainerStatus = {
    name: container.name,
    image: container.image ?? "",
    imageID: "",
    state: { waiting: { reason: defaultWaitingReason(view) } },
    lastState: old?.lastState ?? {},
    ready: false,
    restartCount: restartCountOf(view, old),
    ...volumeMountsOf(container),
  };
  const wasRunning = old?.state?.running !== undefined && old.lastState?.terminated === undefined;
  if (!wasRunning) return fresh;
  // A pod that ran must not look as if it had never started.
  return {
    ...fresh,
    lastState: {
      terminated: {
        exitCode: LOST_EXIT_CODE,
        reason: "ContainerStatusUnknown",
        message:
          "The container could not be located when the pod was deleted.  The container used to be Running",
      },
    },
  };
}

/** A container that was made and is gone will be made again, unless the pod goes: with its id goes one count. */
function restartCountOf({ pod }: StatusView, old: ApiContainerStatus | undefined): number {
  const { restartCount = 0, containerID = "" } = old ?? {};
  const isDeleted = pod.metadata.deletionTimestamp !== undefined;
  return containerID === "" || isDeleted ? restartCount : restartCount + 1;
}

function defaultWaitingReason({ pod }: StatusView): string {
  return (pod.spec.initContainers ?? []).length > 0 ? "PodInitializing" : "ContainerCreating";
}

function presentStatus(
  view: StatusView,
  { container }: PodContainer,
  newest: ContainerStatus,
  old: ApiContainerStatus | undefined,
): ApiContainerStatus {
  return {
    name: container.name,
    image: newest.image,
    imageID: newest.imageRef,
    containerID: containerID(view, newest),
    state: stateOf(view, newest, old),
    lastState: rememberedEnd(containerID(view, newest), old),
    ready: false,
    restartCount: Math.max(newest.attempt, old?.restartCount ?? 0),
    ...resourcesOf(container),
    ...volumeMountsOf(container),
  };
}

/** How the run before ended, of which the runtime may know nothing any more. */
function rememberedEnd(id: string, old: ApiContainerStatus | undefined): ContainerState {
  const last = old?.lastState?.terminated;
  const terminated = old?.containerID === id ? last : (old?.state?.terminated ?? last);
  return terminated === undefined ? {} : { terminated };
}

/** A container that should run and does not is waiting, and the reason says for what. */
function withWaiting(view: StatusView, each: PodContainer, status: ApiContainerStatus): ApiContainerStatus {
  const latest = latestContainer(view.runtime, each.container.name);
  const isInit = each.kind === "init" || each.kind === "sidecar";
  if (isInit && latest?.state === "exited" && latest.exitCode === 0) return status;
  if (each.kind === "init" && latest === undefined && hasMainContainer(view)) return forgottenInit(status);
  const waiting = view.waiting.get(each.container.name);
  if (waiting === undefined || !isStartWanted(view.pod, each.container, latest)) return status;
  const { terminated } = status.state ?? {};
  return { ...status, ...(terminated && { lastState: { terminated } }), state: { waiting } };
}

/** A pod that is being deleted starts nothing. */
function isStartWanted(
  { metadata, spec }: Pod,
  container: Container,
  latest: ContainerStatus | undefined,
): boolean {
  if (metadata.deletionTimestamp !== undefined || latest?.state === "running") return false;
  return latest?.state !== "exited" || shouldRestart(container, spec, latest.exitCode);
}

function hasMainContainer({ pod, runtime }: StatusView): boolean {
  return pod.spec.containers.some(({ name }) => {
    const state = latestContainer(runtime, name)?.state;
    return state !== undefined && state !== "unknown";
  });
}

/** The runtime may have removed what has done its work. */
function forgottenInit(status: ApiContainerStatus): ApiContainerStatus {
  if (status.state?.waiting === undefined) return status;
  const message =
    "Unable to get init container status from container runtime and pod has been initialized, treat it as exited normally";
  return { ...status, state: { terminated: { exitCode: 0, reason: "Completed", message } } };
}

function resourcesOf({ resources }: Container): Pick<ApiContainerStatus, "resources" | "allocatedResources"> {
  if (resources === undefined) return {};
  const { requests } = resources;
  return { resources, ...(requests && { allocatedResources: requests }) };
}

function volumeMountsOf({ volumeMounts = [] }: Container | EphemeralContainer): {
  readonly volumeMounts?: readonly VolumeMountStatus[];
} {
  if (volumeMounts.length === 0) return {};
  return {
    volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly === true && { readOnly, recursiveReadOnly: "Disabled" }),
    })),
  };
}
