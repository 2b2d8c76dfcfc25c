import type { Service } from "#api/generated/core-v1.ts";
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from "#api/generated/discovery-v1.ts";
import { familyAddress } from "../nft/address-family.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { type Protocol, portBytes } from "../nft/value.ts";
import type { ProxyNode } from "./proxy-node.ts";

/** An endpoint of one Service port. */
export interface ServiceEndpoint {
  /** Address and port as they go into the map of endpoints. */
  readonly address: ByteString;
  readonly port: ByteString;
  readonly isLocal: boolean;
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  /** For which nodes and zones it is meant. */
  readonly hints: EndpointHints | undefined;
}

/** The endpoints that traffic may use, by traffic policy. */
export interface UsableEndpoints {
  /** For traffic policy Cluster. */
  readonly cluster: readonly ServiceEndpoint[];
  /** For traffic policy Local. */
  readonly local: readonly ServiceEndpoint[];
}

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

/** All endpoints of the port in the order of their addresses, each once. */
export function endpointsOf(
  port: ServicePort,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): readonly ServiceEndpoint[] {
  const found = new Map<string, ServiceEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== node.family.name) continue;
    for (const slicePort of slice.ports.filter((each) => isSamePort(each, port))) {
      for (const endpoint of slice.endpoints) addEndpoint(found, endpoint, slicePort, node);
    }
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

/**
 * Ready endpoints; where there are none, those that terminate and still serve, so that a rolling update or a drain
 * does not cut off the last ones (KEP-1669). Traffic policy Local does not look at hints.
 */
export function usableEndpoints(endpoints: readonly ServiceEndpoint[], node: ProxyNode): UsableEndpoints {
  return {
    cluster: preferred(readyOrServing(endpoints), node),
    local: readyOrServing(endpoints.filter(({ isLocal }) => isLocal)),
  };
}

function readyOrServing(endpoints: readonly ServiceEndpoint[]): readonly ServiceEndpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  return ready.length > 0
    ? ready
    : endpoints.filter(({ isServing, isTerminating }) => isServing && isTerminating);
}

/** The endpoints that hints reserve for this node, or else for its zone, or else all (pkg/proxy/topology.go). */
function preferred(
  endpoints: readonly ServiceEndpoint[],
  { name, zone }: ProxyNode,
): readonly ServiceEndpoint[] {
  if (!endpoints.some(({ isReady }) => isReady)) return endpoints;
  return meantFor(name, endpoints, "forNodes") ?? meantFor(zone, endpoints, "forZones") ?? endpoints;
}

/** Undefined when an endpoint does not say for whom it is meant, or none is meant for this place. */
function meantFor(
  place: string | undefined,
  endpoints: readonly ServiceEndpoint[],
  kind: keyof EndpointHints,
): readonly ServiceEndpoint[] | undefined {
  if (endpoints.some(({ hints }) => (hints?.[kind] ?? []).length === 0)) return undefined;
  const meant = endpoints.filter(({ hints }) => hints?.[kind]?.some(({ name }) => name === place));
  return meant.length === 0 ? undefined : meant;
}

function isSamePort(slicePort: EndpointPort, port: ServicePort): boolean {
  return (
    slicePort.port !== undefined &&
    slicePort.port !== 0 &&
    (slicePort.name ?? "") === (port.name ?? "") &&
    (slicePort.protocol ?? "TCP") === protocolOf(port)
  );
}

export function protocolOf({ protocol = "TCP" }: ServicePort): Protocol {
  return protocol;
}

/**
 * Two pods may have one address for a while, when the address of a pod that terminates is given out again: the pod
 * that does not terminate counts (pkg/proxy/endpointslicecache.go).
 */
function addEndpoint(
  found: Map<string, ServiceEndpoint>,
  { addresses, conditions, hints, nodeName }: Endpoint,
  slicePort: EndpointPort,
  { family, name }: ProxyNode,
): void {
  const address = familyAddress(family, addresses[0] ?? "");
  if (address === undefined) return;
  const isTerminating = conditions?.terminating ?? false;
  const port = portBytes(slicePort.port ?? 0);
  const key = address + port;
  if (found.has(key) && isTerminating) return;
  found.set(key, {
    address,
    port,
    isLocal: nodeName === name,
    isReady: conditions?.ready ?? true,
    isServing: conditions?.serving ?? true,
    isTerminating,
    hints,
  });
}
