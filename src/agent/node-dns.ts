import { formatIP, nthIP, parseCIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { runClusterDns } from "#network/dns/cluster-dns.ts";
import type { DnsMetrics } from "#network/dns/dns-metrics.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
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

/**
 * Where this node's server listens when the pod range is the plugins' to give out, address by address. Nobody else has it (RFC 7600
 * keeps it for hosts without an address of their own), and packets only come to it that the Service's rules send there.
 */
const PLUGINS_DNS_ADDRESS = "192.0.0.8";

/** Serves the cluster's names on this node, at its own address in the ranges of its pods. */
export function startNodeDns(
  config: AgentConfig,
  podCIDRs: readonly string[],
  { logger, ...dependencies }: NodeDnsDependencies,
): AsyncDisposable {
  return runClusterDns(
    {
      nodeName: config.nodeName,
      addresses: config.networkBackend === "cni" ? [addressOnLoopback()] : podCIDRs.map(gatewayOf),
      serviceAddresses: [config.clusterDns],
      domain: config.clusterDomain,
      networks: [config.clusterCidr, config.serviceCidr].flatMap((ranges) => ranges.split(",")),
      resolvConf: config.resolvConf === "" ? undefined : config.resolvConf,
    },
    { ...dependencies, random: Math.random, logger: logger.with({ component: "cluster-dns" }) },
  );
}

/** Adds the address to the host's loopback link, so that pods reach it whatever links their plugins make. */
function addressOnLoopback(): string {
  using routes = new RouteSocket();
  const link = routes.links().find(({ loopback }) => loopback)?.index ?? 0;
  routes.addAddress({ link, address: `${PLUGINS_DNS_ADDRESS}/32`, isHostOnly: true });
  return PLUGINS_DNS_ADDRESS;
}

/** Takes that address away again. */
export function removeDnsAddress(): void {
  using routes = new RouteSocket();
  const address = `${PLUGINS_DNS_ADDRESS}/32`;
  for (const present of routes.addresses()) if (present.address === address) routes.deleteAddress(present);
}

/** The node's own address in its range: that of the bridge. */
function gatewayOf(podCIDR: string): string {
  const range = parseCIDR(podCIDR);
  if (range === undefined) throw new RangeError(`Not a network: "${podCIDR}"`);
  return formatIP(nthIP(range, 1));
}
