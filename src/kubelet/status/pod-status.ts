import { podQosClass } from "#api/core/v1/pod-resources.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { PodStatus } from "#api/generated/core-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import { omit } from "#base/omit.ts";
import { sandboxNeed } from "../plan/sandbox-need.ts";
import { activeContainers, runningContainers } from "../pod/pod-runtime-state.ts";
import { type ContainerStatuses, containerStatuses } from "./container-statuses.ts";
import { podConditions } from "./pod-conditions.ts";
import { podPhase } from "./pod-phase.ts";
import type { StatusView } from "./status-view.ts";

/** The status of a pod as the kubelet reports it (`kubelet_pods.go` generateAPIPodStatus). */
export function podStatus(view: StatusView): PodStatus {
  const { pod, previous, now, runtime } = view;
  const statuses = containerStatuses(view);
  const outcome = reportedOutcome(view, podOutcome(view, statuses));
  const time = formatTime(now);
  const { generation } = pod.metadata;
  return {
    ...foreignFields(pod.status ?? {}),
    ...(generation !== undefined && { observedGeneration: generation }),
    ...outcome,
    conditions: podConditions(pod, previous, {
      statuses,
      phase: outcome.phase,
      hasSandbox: sandboxNeed({ pod, runtime }).type === "keep",
      now: time,
    }),
    ...addresses(view),
    startTime: previous.startTime ?? time,
    ...nonEmpty(statuses),
    qosClass: podQosClass(pod.spec),
  };
}

/** Fields that others own. */
function foreignFields({
  nominatedNodeName,
  resourceClaimStatuses,
  extendedResourceClaimStatus,
}: PodStatus): PodStatus {
  return {
    ...(nominatedNodeName !== undefined && { nominatedNodeName }),
    ...(resourceClaimStatuses !== undefined && { resourceClaimStatuses }),
    ...(extendedResourceClaimStatus !== undefined && { extendedResourceClaimStatus }),
  };
}

/** Phase, and the reason and message that belong to it. A pod that has ended does not come back. */
export function podOutcome(
  view: StatusView,
  statuses: ContainerStatuses = containerStatuses(view),
): Pick<PodStatus, "phase" | "reason" | "message"> {
  const { pod, previous, failure, runtime } = view;
  const spec = new Set(pod.spec.containers.map(({ name }) => name));
  const hasInitialized = activeContainers(runtime).some(({ name }) => spec.has(name));
  const computed = podPhase(pod, statuses, { isTerminal: view.isTerminal, hasInitialized });
  const ended = [pod.status ?? {}, previous].find((status) => isPodTerminal({ ...pod, status }));
  if (ended === undefined && failure !== undefined) return { phase: "Failed", ...failure };
  const phase = ended?.phase ?? computed;
  const { reason, message } = ended ?? (phase === previous.phase ? previous : {});
  return {
    phase,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/**
 * That a pod has ended is told when nothing of it runs any more: others take over its resources then
 * (`status_manager.go` mergePodStatus). What the API says already is not taken back.
 */
function reportedOutcome({ pod, previous, runtime }: StatusView, outcome: PodStatus): PodStatus {
  const hasEnded = isPodTerminal({ ...pod, status: outcome });
  if (!hasEnded || isPodTerminal(pod) || runningContainers(runtime).length === 0) return outcome;
  const { phase = "Pending", reason, message } = previous;
  return {
    phase,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
  };
}

/** The addresses of a pod that has ended are remembered. */
function addresses({ pod, previous, podIPs, hostIPs }: StatusView): PodStatus {
  const own = pod.spec.hostNetwork === true ? hostIPs : podIPs;
  const ips = own.length > 0 ? own.map((ip) => ({ ip })) : (previous.podIPs ?? []);
  return {
    ...(hostIPs[0] !== undefined && {
      hostIP: hostIPs[0],
      hostIPs: hostIPs.map((ip) => ({ ip })),
    }),
    ...(ips[0]?.ip !== undefined && { podIP: ips[0].ip, podIPs: ips }),
  };
}

function nonEmpty(statuses: ContainerStatuses): PodStatus {
  const { initContainerStatuses, ephemeralContainerStatuses } = statuses;
  return {
    ...omit(statuses, "initContainerStatuses", "ephemeralContainerStatuses"),
    ...(initContainerStatuses.length > 0 && { initContainerStatuses }),
    ...(ephemeralContainerStatuses.length > 0 && { ephemeralContainerStatuses }),
  };
}
