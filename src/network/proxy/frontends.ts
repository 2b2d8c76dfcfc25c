import type { Service } from "#api/generated/core-v1.ts";
import { familyAddress } from "../nft/address-family.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { portBytes, protocolBytes } from "../nft/value.ts";
import type { ProxyNode } from "./proxy-node.ts";
import { protocolOf } from "./service-endpoints.ts";

type ServicePort = NonNullable<Service["spec"]["ports"]>[number];

/** The cluster IP of the node's family; undefined for a Service that is not proxied. */
export function clusterIPOf({ spec }: Service, { family }: ProxyNode): ByteString | undefined {
  if (spec.type === "ExternalName" || spec.clusterIP === undefined) return undefined;
  const all = spec.clusterIPs ?? [spec.clusterIP];
  return all.map((address) => familyAddress(family, address)).find((address) => address !== undefined);
}

/** External IPs and those of load balancers. */
export function externalAddressesOf(service: Service, { family }: ProxyNode): readonly ByteString[] {
  const addresses = [...(service.spec.externalIPs ?? []), ...loadBalancerIPsOf(service)];
  return [...new Set(addresses.map((ip) => familyAddress(family, ip)))].filter(
    (address) => address !== undefined,
  );
}

/** Addresses of load balancers that pass packets on with this address as their destination. */
export function loadBalancerIPsOf({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? [])
    .filter(({ ip, ipMode }) => ip !== undefined && ipMode !== "Proxy")
    .map(({ ip = "" }) => ip);
}

export function frontendKey(address: ByteString, port: ServicePort): ByteString {
  return address + protocolBytes(protocolOf(port)) + portBytes(port.port);
}

export function nodePortKey(port: ServicePort): ByteString {
  return protocolBytes(protocolOf(port)) + portBytes(port.nodePort ?? 0);
}
