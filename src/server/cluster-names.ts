import { formatIP, nthIP, parseCIDRs } from "#base/cidr.ts";
import type { ClusterNames } from "#pki/wanted.ts";
import type { ServerConfig } from "./config.ts";

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
