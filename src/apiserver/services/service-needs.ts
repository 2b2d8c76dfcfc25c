/** Which of the cluster's resources a Service uses, by its type. */
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";

export function needsClusterIP({ spec }: Service): boolean {
  return spec.type !== "ExternalName";
}

export function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === "None";
}

/** Whether ports without a node port get one. */
export function needsNodePorts({ spec }: Service): boolean {
  if (spec.type === "NodePort") return true;
  return spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false;
}

/** Whether the type can have node ports at all, given or chosen. */
export function mayHaveNodePorts({ spec }: Service): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer";
}

/** Whether load balancers have to ask the nodes which of them have endpoints. */
export function needsHealthCheckPort({ spec }: Service): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

export function withSpec(service: Service, fields: Partial<ServiceSpec>): Service {
  return { ...service, spec: { ...service.spec, ...fields } };
}
