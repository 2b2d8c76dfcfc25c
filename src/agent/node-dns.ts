import { formatIP, nthIP, parseCIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { runClusterDns } from "#network/dns/cluster-dns.ts";
import type { DnsMetrics } from "#network/dns/dns-metrics.ts";
import type { Logger } from "#observability/logger.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { AgentConfig } from "./config.ts";

interface NodeDnsDependencies {
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DnsMetrics;
}

/** Serves the cluster's names on this node, at its own address in the ranges of its pods. */
export function startNodeDns(
  config: AgentConfig,
  podCIDRs: readonly string[],
  { logger, ...dependencies }: NodeDnsDependencies,
): AsyncDisposable {
  return runClusterDns(
    {
      nodeName: config.nodeName,
      addresses: podCIDRs.map(gatewayOf),
      serviceAddresses: [config.clusterDns],
      domain: config.clusterDomain,
      networks: [config.clusterCidr, config.serviceCidr].flatMap((ranges) => ranges.split(",")),
      resolvConf: config.resolvConf === "" ? undefined : config.resolvConf,
    },
    { ...dependencies, random: Math.random, logger: logger.with({ component: "cluster-dns" }) },
  );
}

/** The node's own address in its range: that of the bridge. */
function gatewayOf(podCIDR: string): string {
  const range = parseCIDR(podCIDR);
  if (range === undefined) throw new RangeError(`Not a network: "${podCIDR}"`);
  return formatIP(nthIP(range, 1));
}
