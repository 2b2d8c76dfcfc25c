import type { Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

export interface ServiceFacts extends Partial<Omit<Service["spec"], "ports">> {
  readonly ports?: readonly Partial<ServicePort>[];
  readonly creationTimestamp?: string;
  readonly loadBalancerIPs?: readonly string[];
}

/** A Service of type ClusterIP with TCP port 80, unless the facts say otherwise. */
export function aService(name: string, clusterIP: string, facts: ServiceFacts = {}): Service {
  const { ports = [{}], creationTimestamp = "2026-01-01T00:00:00Z", loadBalancerIPs, ...spec } = facts;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: `uid-${name}`, resourceVersion: "1", creationTimestamp },
    spec: {
      clusterIP,
      clusterIPs: [clusterIP],
      ports: ports.map((port) => ({ port: 80, ...port })),
      ...spec,
    },
    ...(loadBalancerIPs && { status: { loadBalancer: { ingress: loadBalancerIPs.map((ip) => ({ ip })) } } }),
  };
}

/** A Service in `default` as a client sends it, with port 80. */
export function aNewService(name: string, spec: Partial<Service["spec"]> = {}): NewObject<Service> {
  const metadata = { name, namespace: "default" };
  return { apiVersion: "v1", kind: "Service", metadata, spec: { ports: [{ port: 80 }], ...spec } };
}

export interface EndpointFacts {
  readonly node?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly forZones?: readonly string[];
  readonly forNodes?: readonly string[];
}

/** An endpoint on node `n1` that is ready, unless the facts say otherwise. */
export function anEndpoint(address: string, facts: EndpointFacts = {}): Endpoint {
  const { node = "n1", ready = true, serving = ready, terminating = false, forZones, forNodes } = facts;
  const named = (names: readonly string[] = []) => names.map((name) => ({ name }));
  return {
    addresses: [address],
    nodeName: node,
    conditions: { ready, serving, terminating },
    ...((forZones ?? forNodes) && { hints: { forZones: named(forZones), forNodes: named(forNodes) } }),
  };
}

/** An EndpointSlice of a Service for TCP port 8080, of the family of its endpoints. */
export function anEndpointSlice(
  service: string,
  endpoints: readonly (string | Endpoint)[],
  overrides: Partial<EndpointSlice> = {},
): EndpointSlice {
  const all = endpoints.map((each) => (typeof each === "string" ? anEndpoint(each) : each));
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-1`,
      namespace: "default",
      uid: `uid-${service}-1`,
      resourceVersion: "1",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: all[0]?.addresses[0]?.includes(":") === true ? "IPv6" : "IPv4",
    endpoints: all,
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    ...overrides,
  };
}
