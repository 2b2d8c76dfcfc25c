/** What the type of a Service lets it have (`pkg/api/service/util.go`, `pkg/registry/core/service/strategy.go`). */
import type { ServiceSpec } from "../../generated/core-v1.ts";

export function isHeadless({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === "None";
}

export function needsClusterIp({ type }: ServiceSpec): boolean {
  return type !== "ExternalName";
}

export function mayHaveNodePorts({ type }: ServiceSpec): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

/** Whether load balancers have to ask the nodes which of them have endpoints. */
export function needsHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

/** Whether traffic may come from outside the cluster. */
export function isExternallyAccessible({ type, externalIPs }: ServiceSpec): boolean {
  if (type === "ClusterIP") return (externalIPs ?? []).length > 0;
  return type === "NodePort" || type === "LoadBalancer";
}
