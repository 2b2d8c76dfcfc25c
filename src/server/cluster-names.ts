import { formatIP, nthIP, parseCIDRs } from "#base/cidr.ts";
import type { ClusterNames } from "#pki/wanted.ts";
import type { ServerConfig } from "./config.ts";

/** The tenth address of a network of Services is that of its DNS, as in k3s. */
const DNS_INDEX = 10;

/** Addresses of the cluster DNS which a comma joins: those that were chosen, or one of each network of Services. */
export function clusterDnsOf({ clusterDns, serviceCidr }: Pick<ServerConfig, "clusterDns" | "serviceCidr">) {
  if (clusterDns !== "") return clusterDns;
  return (parseCIDRs(serviceCidr) ?? []).map((range) => formatIP(nthIP(range, DNS_INDEX))).join(",");
}

/** What the certificates of this server say. */
export function clusterNames(config: ServerConfig): ClusterNames {
  const services = parseCIDRs(config.serviceCidr) ?? [];
  return {
    nodeName: config.disableAgent ? "" : config.nodeName,
    nodeIPs: [config.nodeIp, ...config.nodeExternalIps],
    hostname: config.nodeName,
    serviceIPs: services.map((range) => formatIP(nthIP(range, 1))),
    clusterDomain: config.clusterDomain,
    tlsSANs: config.tlsSan,
  };
}
