import { podQosClass } from "#api/core/v1/pod-resources.ts";
import type { Pod, PodStatus } from "#api/generated/core-v1.ts";
import { formatTime } from "#apimachinery/time.ts";
import type { Rejection } from "../admission/rejection.ts";

/** The status of a pod that the node does not take (`kubelet.go` rejectPod): nothing of it has ever been here. */
export function rejectedStatus(pod: Pod, { reason, message }: Rejection, now: number): PodStatus {
  const { generation } = pod.metadata;
  return {
    ...pod.status,
    ...(generation !== undefined && { observedGeneration: generation }),
    phase: "Failed",
    reason,
    message: `Pod was rejected: ${message}`,
    startTime: pod.status?.startTime ?? formatTime(now),
    qosClass: podQosClass(pod.spec),
  };
}
