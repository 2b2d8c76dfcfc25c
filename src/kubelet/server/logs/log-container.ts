import type { ContainerState, ContainerStatus, Pod } from "#api/generated/core-v1.ts";
import { ServingError } from "../serving-error.ts";

/** What the most common failures are called in the message of a container that has no log yet. */
const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

/**
 * The container whose log is meant, by the status of its pod: an id such as `docker://1234`. Throws a `ServingError` when there
 * is none (kubernetes `pkg/kubelet/kubelet_pods.go` `validateContainerLogStatus`).
 */
export function logContainerId(
  { metadata, status }: Pick<Pod, "metadata" | "status">,
  container: string,
  previous: boolean,
): string {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    ephemeralContainerStatuses = [],
  } = status ?? {};
  const statuses = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses];
  const found = statuses.find(({ name }) => name === container);
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(metadata.name)}`;
  if (found === undefined) throw new ServingError(400, `${where} is not available`);
  const last = found.lastState?.terminated;
  if (previous) {
    if (last?.containerID !== undefined && last.containerID !== "") return last.containerID;
    throw new ServingError(400, `previous terminated ${where} not found`);
  }
  return currentId(found, where);
}

function currentId({ containerID, state, lastState }: ContainerStatus, where: string): string {
  if (state?.running !== undefined) return containerID ?? "";
  const ended = [state?.terminated, lastState?.terminated].filter((each) => each !== undefined);
  if (ended.length === 0) throw new ServingError(400, `${where} is waiting to start${reasonOf(state)}`);
  // A container that could not be started again has ended without an id; the log is that of the one before.
  const id = ended.map((each) => each.containerID ?? "").find((each) => each !== "");
  if (id === undefined) throw new ServingError(400, `${where} is terminated`);
  return id;
}

function reasonOf(state: ContainerState | undefined): string {
  if (state?.waiting === undefined) return " - no logs yet";
  const { reason = "" } = state.waiting;
  return `: ${WAITING[reason] ?? reason}`;
}

/** What the runtime itself calls a container: `docker://1234` is 1234. */
export function runtimeIdOf(containerId: string): string {
  const separator = containerId.indexOf("://");
  return separator < 0 ? containerId : containerId.slice(separator + 3);
}
