import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { ConntrackEntry } from "../conntrack/conntrack.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { portBytes, protocolBytes } from "../nft/value.ts";
import { clusterIPOf, externalAddressesOf, frontendKey, nodePortKey } from "./frontends.ts";
import type { ProxyNode } from "./proxy-node.ts";
import { endpointsOf, protocolOf } from "./service-endpoints.ts";

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

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
  for (const port of service.spec.ports ?? []) {
    if (protocolOf(port) !== "UDP") continue;
    const endpoints = endpointsOf(port, slices, node).filter(({ isServing }) => isServing);
    if (endpoints.length === 0) continue;
    const targets = new Set(endpoints.map((endpoint) => endpoint.address + endpoint.port));
    for (const key of frontendKeys(service, port, node)) serving.set(key, targets);
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
  return entries.filter((entry) => {
    const targets = keysOf(entry)
      .map((key) => serving.get(key))
      .find((found) => found !== undefined);
    return targets !== undefined && !targets.has(entry.reply.source + portBytes(entry.reply.sourcePort));
  });
}

/** The frontends of a Service, of all protocols. */
export function frontendsOf(service: Service, node: ProxyNode): readonly ByteString[] {
  return (service.spec.ports ?? []).flatMap((port) => frontendKeys(service, port, node));
}

/**
 * Connections to these frontends that were not translated, because they began while there were no rules. Such an
 * attempt leads nowhere, and is remembered for two minutes: a client that comes by the same port meanwhile would
 * fail as well.
 */
export function untranslatedConnections(
  entries: readonly ConntrackEntry[],
  frontends: ReadonlySet<ByteString>,
): readonly ConntrackEntry[] {
  return entries.filter(
    (entry) =>
      entry.reply.source === entry.original.destination && keysOf(entry).some((key) => frontends.has(key)),
  );
}

/** The keys under which a connection's frontend may be found: by address, and as a node port. */
function keysOf({ protocol, original }: ConntrackEntry): readonly ByteString[] {
  const port = protocolBytes(protocol) + portBytes(original.destinationPort);
  return [original.destination + port, port];
}

function frontendKeys(service: Service, port: ServicePort, node: ProxyNode): readonly ByteString[] {
  const clusterIP = clusterIPOf(service, node);
  if (clusterIP === undefined) return [];
  const addresses = [clusterIP, ...externalAddressesOf(service, node)];
  const keys = addresses.map((address) => frontendKey(address, port));
  return (port.nodePort ?? 0) === 0 ? keys : [...keys, nodePortKey(port)];
}
