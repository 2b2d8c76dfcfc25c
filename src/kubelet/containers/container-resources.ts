import { aggregateContainers, isSidecar, podQosClass } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "#apimachinery/quantity.ts";
import type { LinuxResources } from "#container/runtime.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";
import { isNodeCritical } from "../pod/pod-origin.ts";

/** The kernel's bounds and units (`pkg/kubelet/cm/helpers_linux.go`). */
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const SHARES_PER_CPU = 1024;
const QUOTA_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1000;

/** Scores by which the kernel chooses whom to kill (`pkg/kubelet/qos/policy.go`). */
const GUARANTEED_OOM_SCORE = -997;
const BEST_EFFORT_OOM_SCORE = 1000;

export interface ResourceOptions {
  readonly memoryCapacityBytes: number;
  readonly settings: KubeletSettings;
}

/** The limits of a container (`generateLinuxContainerResources`). */
export function containerResources(
  pod: Pod,
  container: Container,
  { memoryCapacityBytes, settings: { cpuCFSQuota, podPidsLimit } }: ResourceOptions,
): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const podLimits = pod.spec.resources?.limits;
  const cpuLimit = milliOf(limits?.["cpu"]) || milliOf(podLimits?.["cpu"]);
  const memoryLimit = bytesOf(limits?.["memory"]) || bytesOf(podLimits?.["memory"]);
  const cpuRequest = requests?.["cpu"] === undefined ? cpuLimit : milliOf(requests["cpu"]);
  return {
    cpuShares: sharesOf(cpuRequest),
    ...(cpuCFSQuota && cpuLimit > 0 && { cpuPeriodUs: QUOTA_PERIOD_US, cpuQuotaUs: quotaOf(cpuLimit) }),
    ...(memoryLimit > 0 && { memoryLimitBytes: memoryLimit }),
    // Where nobody limits the pod as a whole, no container of it may have more than the pod.
    ...(podPidsLimit > 0 && { pidsLimit: podPidsLimit }),
    oomScoreAdj: oomScore(pod, container, memoryCapacityBytes),
  };
}

export function sharesOf(milliCPU: number): number {
  const shares = Math.floor((milliCPU * SHARES_PER_CPU) / 1000);
  return Math.min(MAX_SHARES, Math.max(MIN_SHARES, shares));
}

/** Microseconds of CPU time in each period of 100 ms. */
export function quotaOf(milliCPU: number): number {
  return Math.max(MIN_QUOTA_US, Math.floor((milliCPU * QUOTA_PERIOD_US) / 1000));
}

/** A burstable container is the safer the more memory it has asked for (`GetContainerOOMScoreAdjust`). */
function oomScore(pod: Pod, container: Container, capacity: number): number {
  if (isNodeCritical(pod)) return GUARANTEED_OOM_SCORE;
  const qos = podQosClass(pod.spec);
  if (qos === "Guaranteed") return GUARANTEED_OOM_SCORE;
  if (qos === "BestEffort") return BEST_EFFORT_OOM_SCORE;
  const share = unallocatedRequest(pod);
  const scoreOf = (request: number): number => 1000 - Math.floor((1000 * (request + share)) / capacity);
  const own = scoreOf(requestOf(container));
  const mains = Math.min(...pod.spec.containers.map(requestOf));
  // A sidecar is not killed before the containers that need it.
  const score = isSidecar(container) ? Math.min(own, scoreOf(mains)) : own;
  const lowest = 1000 + GUARANTEED_OOM_SCORE;
  return Math.min(BEST_EFFORT_OOM_SCORE - 1, Math.max(lowest, score));
}

/** What a pod has asked for as a whole beyond its containers, for each of them. */
function unallocatedRequest({ spec }: Pod): number {
  const total = bytesOf(spec.resources?.requests?.["memory"]);
  if (total === 0) return 0;
  const claimed = aggregateContainers(spec, "requests").get("memory");
  const count = spec.containers.length + (spec.initContainers ?? []).length;
  return Math.floor((total - (claimed === undefined ? 0 : quantityValue(claimed))) / count);
}

function requestOf({ resources }: Container): number {
  return bytesOf(resources?.requests?.["memory"]);
}

function milliOf(text = "0"): number {
  return quantityMilliValue(parseQuantity(text));
}

function bytesOf(text = "0"): number {
  return quantityValue(parseQuantity(text));
}
