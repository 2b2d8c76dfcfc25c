import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { ConntrackEntry } from "../conntrack/conntrack.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { portBytes, protocolBytes } from "../nft/value.ts";
import { clusterIPOf, externalAddressesOf, frontendKey, nodePortKey } from "./plan-service.ts";
import type { ProxyNode } from "./proxy-node.ts";
import { endpointsOf, protocolOf } from "./service-endpoints.ts";

/** For each UDP frontend (or node port) the endpoints, as address and port, that may still answer. */
export type ServingEndpoints = ReadonlyMap<ByteString, ReadonlySet<ByteString>>;

/**
 * The UDP frontends of a Service with their serving endpoints. One without any is left out, like in upstream's
 * pkg/proxy/conntrack/cleanup.go: its clients are refused anyway once their connections time out.
 */
export function servingEndpoints(
  service: Service,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): ServingEndpoints {
  const serving = new Map<ByteString, ReadonlySet<ByteString>>();
  const clusterIP = clusterIPOf(service, node);
  if (clusterIP === undefined) return serving;
  for (const port of service.spec.ports ?? []) {
    if (protocolOf(port) !== "UDP") continue;
    const endpoints = endpointsOf(port, slices, node).filter(({ isServing }) => isServing);
    if (endpoints.length === 0) continue;
    const targets = new Set(endpoints.map((endpoint) => endpoint.address + endpoint.port));
    for (const address of [clusterIP, ...externalAddressesOf(service, node)]) {
      serving.set(frontendKey(address, port), targets);
    }
    if ((port.nodePort ?? 0) !== 0) serving.set(nodePortKey(port), targets);
  }
  return serving;
}

/**
 * UDP connections to these frontends that go to something else than a serving endpoint. UDP has no end that
 * connection tracking could see: while a client keeps sending, its packets go where the first one went.
 */
export function staleConnections(
  entries: readonly ConntrackEntry[],
  serving: ServingEndpoints,
): readonly ConntrackEntry[] {
  const udp = protocolBytes("UDP");
  return entries.filter(({ original, reply }) => {
    const port = portBytes(original.destinationPort);
    const targets = serving.get(original.destination + udp + port) ?? serving.get(udp + port);
    return targets !== undefined && !targets.has(reply.source + portBytes(reply.sourcePort));
  });
}
