import { formatIP, nthIP, parseCIDR } from "#base/cidr.ts";
import type { ClusterNames } from "#pki/wanted.ts";
import type { ServerConfig } from "./config.ts";

/** What the certificates of this server say. */
export function clusterNames(config: ServerConfig): ClusterNames {
  const service = parseCIDR(config.serviceCidr);
  return {
    nodeName: config.disableAgent ? "" : config.nodeName,
    nodeIPs: [config.nodeIp, ...config.nodeExternalIps],
    hostname: config.nodeName,
    serviceIPs: service === undefined ? [] : [formatIP(nthIP(service, 1))],
    clusterDomain: config.clusterDomain,
    tlsSANs: config.tlsSan,
  };
}
