/** Which of the cluster's resources a Service uses, beyond what its type says (`#api/core/v1/service-type.ts`). */
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

/** Whether ports without a node port get one. */
export function needsNodePorts({ spec }: Service): boolean {
  if (spec.type === "NodePort") return true;
  return spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false;
}

export function withSpec(service: Service, fields: Partial<ServiceSpec>): Service {
  return { ...service, spec: { ...service.spec, ...fields } };
}
