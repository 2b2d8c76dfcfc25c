import { podLimits, podQosClass, podRequests } from "#api/core/v1/pod-resources.ts";
import type { Container, Pod } from "#api/generated/core-v1.ts";
import { parseQuantity, quantityMilliValue, quantityValue } from "#apimachinery/quantity.ts";
import { quotaOf, sharesOf } from "../containers/container-resources.ts";
import type { KubeletSettings } from "../kubelet-settings.ts";

/** The limits of a control group; absent ones are not set. */
export interface CgroupLimits {
  readonly cpuShares: number;
  /** Microseconds in each period of 100 ms. */
  readonly cpuQuotaUs?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
}

/** What the kubelet's own settings say of all pods. */
export type PodLimitSettings = Pick<KubeletSettings, "podPidsLimit" | "cpuCFSQuota">;

/** What a pod as a whole may use (`cm/helpers_linux.go` ResourceConfigForPod). */
export function podCgroupLimits(pod: Pod, { podPidsLimit, cpuCFSQuota }: PodLimitSettings): CgroupLimits {
  const qos = podQosClass(pod.spec);
  const pids = podPidsLimit > 0 ? { pids: podPidsLimit } : {};
  if (qos === "BestEffort") return { cpuShares: sharesOf(0), ...pids };
  const request = podRequests(pod).get("cpu");
  const limits = podLimits(pod);
  const [cpu, memory] = [limits.get("cpu"), limits.get("memory")];
  const isLimited = (name: "cpu" | "memory"): boolean => qos === "Guaranteed" || everyLimits(pod, name);
  return {
    cpuShares: sharesOf(request === undefined ? 0 : quantityMilliValue(request)),
    ...pids,
    ...(cpuCFSQuota &&
      cpu !== undefined &&
      isLimited("cpu") && { cpuQuotaUs: quotaOf(quantityMilliValue(cpu)) }),
    ...(memory !== undefined && isLimited("memory") && { memoryBytes: quantityValue(memory) }),
  };
}

/** A sum of limits is one for the pod only when no container is without. */
function everyLimits({ spec }: Pod, name: "cpu" | "memory"): boolean {
  const has = ({ resources }: Pick<Container, "resources">): boolean =>
    parseQuantity(resources?.limits?.[name] ?? "0").nanos > 0n;
  return has(spec) || [...(spec.initContainers ?? []), ...spec.containers].every(has);
}

/** The share of all burstable pods together against everything else (`setCPUCgroupConfig`). */
export function burstableShares(pods: readonly Pod[]): number {
  const total = pods
    .filter(({ spec }) => podQosClass(spec) === "Burstable")
    .map((pod) => podRequests(pod).get("cpu"))
    .reduce((sum, request) => sum + (request === undefined ? 0 : quantityMilliValue(request)), 0);
  return sharesOf(total);
}
