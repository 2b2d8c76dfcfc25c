import { podQosClass } from "#api/core/v1/pod-resources.ts";
import type { Pod } from "#api/generated/core-v1.ts";

/** The control group that holds all pods. */
export const PODS_CGROUP = "/kubepods";

/** The control group of a pod, below that of its class (`pkg/kubelet/cm/pod_container_manager_linux.go`). */
export function podCgroup({ metadata: { uid }, spec }: Pod): string {
  const qos = podQosClass(spec);
  const parent = qos === "Guaranteed" ? PODS_CGROUP : `${PODS_CGROUP}/${qos.toLowerCase()}`;
  return `${parent}/pod${uid}`;
}
