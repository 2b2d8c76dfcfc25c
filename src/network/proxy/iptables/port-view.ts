import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { familyAddress } from "../../nft/address-family.ts";
import type { ByteString } from "../../nft/ruleset.ts";
import { formatValue } from "../../nft/value.ts";
import { loadBalancerIPsOf } from "../frontends.ts";
import type { ProxyNode } from "../proxy-node.ts";
import { endpointsOf, protocolOf, type ServiceEndpoint, usableEndpoints } from "../service-endpoints.ts";
import { sourceRangesOf } from "../source-ranges.ts";
import { serviceChainName } from "./chain-names.ts";

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

/** The API server fills this in; the default is that of the API. */
const DEFAULT_AFFINITY_TIMEOUT_SECONDS = 10_800;

/** A port of a Service with everything that its rules follow from. */
export interface PortView {
  readonly service: Service;
  readonly node: ProxyNode;
  readonly port: ServicePort;
  /** `namespace/name:port`, which is in every comment. */
  readonly name: string;
  readonly protocol: string;
  readonly clusterIP: string;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  readonly sourceRanges: readonly string[];
  readonly cluster: readonly EndpointChain[];
  readonly local: readonly EndpointChain[];
  readonly isInternalLocal: boolean;
  readonly isExternalLocal: boolean;
  readonly isExternal: boolean;
  /** For how long a client stays with its endpoint; undefined without session affinity. */
  readonly affinitySeconds: number | undefined;
}

export interface EndpointChain {
  readonly chain: string;
  readonly address: string;
  /** `address:port` */
  readonly target: string;
}

interface PortFacts extends Pick<PortView, "service" | "port" | "node"> {
  readonly clusterIP: ByteString;
  readonly slices: readonly EndpointSlice[];
}

export function viewPort({ service, port, clusterIP, slices, node }: PortFacts): PortView {
  const { metadata, spec } = service;
  const name = `${metadata.namespace ?? ""}/${metadata.name}${(port.name ?? "") === "" ? "" : `:${port.name ?? ""}`}`;
  const protocol = protocolOf(port).toLowerCase();
  const ofFamily = (ips: readonly string[]): readonly string[] =>
    [...new Set(ips)].filter((ip) => familyAddress(node.family, ip) !== undefined);
  const externalIPs = ofFamily(spec.externalIPs ?? []);
  const loadBalancerIPs = ofFamily(loadBalancerIPsOf(service));
  const usable = usableEndpoints(endpointsOf(port, slices, node), node);
  const chainOf = (endpoint: ServiceEndpoint): EndpointChain => endpointChain(endpoint, name, protocol, node);
  return {
    service,
    node,
    port,
    name,
    protocol,
    clusterIP: formatValue([node.family.type], clusterIP),
    externalIPs,
    loadBalancerIPs,
    sourceRanges: loadBalancerIPs.length === 0 ? [] : sourceRangesOf(service, loadBalancerIPs, node),
    cluster: usable.cluster.map(chainOf),
    local: usable.local.map(chainOf),
    isInternalLocal: spec.internalTrafficPolicy === "Local",
    isExternalLocal: spec.externalTrafficPolicy === "Local",
    isExternal: (port.nodePort ?? 0) !== 0 || externalIPs.length > 0 || loadBalancerIPs.length > 0,
    affinitySeconds:
      spec.sessionAffinity === "ClientIP"
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_TIMEOUT_SECONDS)
        : undefined,
  };
}

function endpointChain(
  endpoint: ServiceEndpoint,
  port: string,
  protocol: string,
  { family }: ProxyNode,
): EndpointChain {
  const address = formatValue([family.type], endpoint.address);
  const host = family.name === "IPv6" ? `[${address}]` : address;
  const target = `${host}:${formatValue(["inet_service"], endpoint.port)}`;
  return { chain: serviceChainName("SEP", { port, protocol, endpoint: target }), address, target };
}
