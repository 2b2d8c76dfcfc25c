import type {
  ContainerStatus as ApiContainerStatus,
  ContainerState,
  ContainerStateTerminated,
} from "#api/generated/core-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { ContainerStatus } from "#container/runtime.ts";
import { podContainers } from "../pod/pod-containers.ts";
import type { StatusView } from "./status-view.ts";

/** What a process that SIGKILL ended returns; of containers that were lost it is assumed. */
export const LOST_EXIT_CODE = 137;

/** All messages of a pod together fit into its status (`MaxPodTerminationMessageLogLength`). */
const MAX_MESSAGES_LENGTH = 12 * 1024;

/** The state of one run of a container. */
export function stateOf(
  view: StatusView,
  container: ContainerStatus,
  old: ApiContainerStatus | undefined,
): ContainerState {
  switch (container.state) {
    case "running":
      return { running: { startedAt: formatTime(container.startedAt) } };
    case "created":
      return { waiting: {} };
    case "exited":
      return { terminated: terminatedState(view, container) };
    case "unknown":
      return old?.state?.running === undefined ? { waiting: {} } : { terminated: LOST };
  }
}

function terminatedState(view: StatusView, container: ContainerStatus): ContainerStateTerminated {
  const { exitCode, reason, message } = container;
  return {
    exitCode,
    ...(reason !== "" && { reason }),
    ...(message !== "" && { message: message.slice(0, maxMessageLength(view)) }),
    startedAt: formatTime(container.startedAt),
    finishedAt: formatTime(container.finishedAt),
    containerID: containerID(view, container),
  };
}

const LOST: ContainerStateTerminated = {
  exitCode: LOST_EXIT_CODE,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};

function maxMessageLength({ pod }: StatusView): number {
  return Math.floor(MAX_MESSAGES_LENGTH / Math.max(1, podContainers(pod.spec).length));
}

/** `docker://<id>`. */
export function containerID({ runtimeName }: StatusView, { id }: ContainerStatus): string {
  return `${runtimeName}://${id}`;
}
