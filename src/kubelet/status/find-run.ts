import type { ContainerState, PodStatus } from "#api/generated/core-v1.ts";
import type { ContainerStatus } from "#container/runtime.ts";

export interface RunSelection {
  readonly containerName: string;
  readonly previous: boolean;
}

/** The run that a pod's status tells of, whose log is meant (`kubelet_pods.go` validateContainerLogStatus). */
export function findRun(
  { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] }: PodStatus,
  containers: readonly ContainerStatus[],
  { containerName, previous }: RunSelection,
): ContainerStatus | undefined {
  const all = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const status = all.find(({ name }) => name === containerName);
  if (status === undefined) return undefined;
  const { state = {}, lastState = {}, containerID = "" } = status;
  const before = idOf(lastState);
  const id = previous ? before : (runOf(state, containerID) ?? before);
  return id === undefined ? undefined : containers.find((container) => id.endsWith(`://${container.id}`));
}

function runOf(state: ContainerState, containerID: string): string | undefined {
  if (state.running !== undefined) return containerID;
  return idOf(state);
}

function idOf({ terminated }: ContainerState): string | undefined {
  const id = terminated?.containerID ?? "";
  return id === "" ? undefined : id;
}
