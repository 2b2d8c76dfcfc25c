import { validateEndpointIp } from "#api/validation/ip-fields.ts";
import { containsIP, overlaps, parseCIDR, parseIP } from "#base/cidr.ts";
import type { ServerConfig } from "./config.ts";

/** A pod network must hold one /24 for every node; a Service network at least the API's and the DNS's address. */
const MOST_SPECIFIC_CLUSTER_PREFIX = 24;
const MOST_SPECIFIC_SERVICE_PREFIX = 28;

/** What settings that are valid by themselves contradict, as lines that name the flags. */
export function checkServerConfig(config: ServerConfig): readonly string[] {
  const cluster = parseCIDR(config.clusterCidr);
  const service = parseCIDR(config.serviceCidr);
  const dns = parseIP(config.clusterDns);
  if (cluster === undefined || service === undefined || dns === undefined) return [];
  return [
    ...(cluster.prefixLength > MOST_SPECIFIC_CLUSTER_PREFIX
      ? [`The network of --cluster-cidr ${config.clusterCidr} is too small: give at least a /24`]
      : []),
    ...(service.prefixLength > MOST_SPECIFIC_SERVICE_PREFIX
      ? [`The network of --service-cidr ${config.serviceCidr} is too small: give at least a /28`]
      : []),
    ...(overlaps(cluster, service)
      ? [
          `The networks of --cluster-cidr ${config.clusterCidr} and --service-cidr ${config.serviceCidr} overlap: give two that do not`,
        ]
      : []),
    ...(containsIP(service, dns)
      ? []
      : [
          `The address of --cluster-dns ${config.clusterDns} is outside --service-cidr ${config.serviceCidr}: give one inside`,
        ]),
    ...(config.httpsListenPort >= config.serviceNodePortRange.first &&
    config.httpsListenPort <= config.serviceNodePortRange.last
      ? [
          `The port of --https-listen-port ${String(config.httpsListenPort)} is inside --service-node-port-range: give one outside`,
        ]
      : []),
    ...(config.maxRequestsInflight + config.maxMutatingRequestsInflight === 0 &&
    config.enablePriorityAndFairness
      ? [
          "The sum of --max-requests-inflight and --max-mutating-requests-inflight is 0, which leaves priority and fairness nothing to share: give more",
        ]
      : []),
    ...nodeAddressProblems(config.nodeIp),
  ];
}

/** The address becomes the endpoint of the Service `kubernetes`, through which pods reach the API. */
function nodeAddressProblems(nodeIp: string): readonly string[] {
  return validateEndpointIp(nodeIp, "").map(
    ({ message }) =>
      `The address of --node-ip ${nodeIp} cannot be used: ${message.replace(/^.*?: .*?: /, "")}; give one that other hosts reach`,
  );
}
