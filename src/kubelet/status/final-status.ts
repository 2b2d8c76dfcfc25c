import { isSidecar } from "#api/core/v1/pod-resources.ts";
import type { ContainerStatus, Pod, PodStatus } from "#api/generated/core-v1.ts";
import { isStaticPod } from "../pod/pod-origin.ts";

const LOST = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
};

/**
 * The status of a pod of which nothing is left (`status_manager.go` TerminatePod): what has no end is given one, so
 * that nobody waits for it.
 */
export function finalStatus(pod: Pod, status: PodStatus): PodStatus {
  const { initContainerStatuses = [], containerStatuses = [], phase } = status;
  const isOver = phase === "Succeeded" || phase === "Failed" || isStaticPod(pod);
  return {
    ...status,
    ...(initContainerStatuses.length > 0 && { initContainerStatuses: endStarted(initContainerStatuses) }),
    containerStatuses: hasInitialized(pod, status) ? containerStatuses.map(ended) : containerStatuses,
    ...(isOver ? {} : { phase: "Failed" }),
  };
}

function ended(status: ContainerStatus): ContainerStatus {
  return status.state?.terminated === undefined ? { ...status, state: { terminated: LOST } } : status;
}

/** Init containers behind the last one that was started never had their turn. */
function endStarted(statuses: readonly ContainerStatus[]): readonly ContainerStatus[] {
  const last = statuses.findLastIndex(
    ({ state, lastState }) => state?.waiting === undefined || lastState?.terminated !== undefined,
  );
  return statuses.map((status, index) => (index <= Math.max(0, last) ? ended(status) : status));
}

function hasInitialized(
  { spec }: Pod,
  { containerStatuses = [], initContainerStatuses = [] }: PodStatus,
): boolean {
  const last = spec.initContainers?.at(-1);
  if (last === undefined) return true;
  const hasStarted = containerStatuses.some(
    ({ state, lastState }) => lastState?.terminated !== undefined || state?.waiting === undefined,
  );
  const status = initContainerStatuses.find(({ name }) => name === last.name);
  const { running, terminated = status?.lastState?.terminated } = status?.state ?? {};
  const isLastDone = isSidecar(last)
    ? running !== undefined && status?.started === true
    : terminated?.exitCode === 0;
  return hasStarted || isLastDone;
}
