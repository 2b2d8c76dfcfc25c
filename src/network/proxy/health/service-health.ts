import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { clusterIPOf } from "../frontends.ts";
import type { ProxyNode } from "../proxy-node.ts";
import { endpointsOf } from "../service-endpoints.ts";

/** The health check node port of a Service, by which a load balancer finds the nodes that have endpoints of it. */
export interface ServiceHealth {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Ready endpoints on this node; an address counts once, whatever ports it serves. */
  readonly localEndpoints: number;
}

/** Undefined for a Service without a health check: only external traffic policy Local of load balancers has one. */
export function planServiceHealth(
  service: Service,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): ServiceHealth | undefined {
  const { metadata, spec } = service;
  const port = spec.healthCheckNodePort ?? 0;
  const isNeeded = spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
  if (!isNeeded || port === 0 || clusterIPOf(service, node) === undefined) return undefined;
  const ready = (spec.ports ?? [])
    .flatMap((each) => endpointsOf(each, slices, node))
    .filter(({ isLocal, isReady }) => isLocal && isReady);
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    port,
    localEndpoints: new Set(ready.map(({ address }) => address)).size,
  };
}
