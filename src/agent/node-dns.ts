import { formatIP, nthIP, parseCIDR } from "#base/cidr.ts";
import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { runClusterDns } from "#network/dns/cluster-dns.ts";
import type { DnsMetrics } from "#network/dns/dns-metrics.ts";
import { withoutLength } from "#network/netlink/route/ip-address.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { AgentConfig } from "./config.ts";

interface NodeDnsDependencies {
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly nodeInformers: SharedInformers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: DnsMetrics;
}

/**
 * Where this node's server listens when the pod range is the plugins' to give out, address by address. Nobody else has these (RFC 7600
 * keeps the one for hosts without an address of their own, RFC 6666 the other for packets that nobody wants), and packets only
 * come to them that the Service's rules send there.
 */
const PLUGINS_DNS_ADDRESSES = ["192.0.0.8/32", "100::8/128"];

/** Serves the cluster's names on this node, at its own address in the ranges of its pods. */
export function startNodeDns(
  config: AgentConfig,
  podCIDRs: readonly string[],
  { logger, ...dependencies }: NodeDnsDependencies,
): AsyncDisposable {
  return runClusterDns(
    {
      nodeName: config.nodeName,
      addresses: config.networkBackend === "cni" ? addressesOnLoopback(config) : podCIDRs.map(gatewayOf),
      serviceAddresses: config.clusterDns.split(","),
      domain: config.clusterDomain,
      networks: [config.clusterCidr, config.serviceCidr].flatMap((ranges) => ranges.split(",")),
      resolvConf: config.resolvConf === "" ? undefined : config.resolvConf,
    },
    { ...dependencies, random: Math.random, logger: logger.with({ component: "cluster-dns" }) },
  );
}

/**
 * Adds an address of each family of Services to the host's loopback link, so that pods reach it whatever links their
 * plugins make.
 */
function addressesOnLoopback({ serviceCidr }: AgentConfig): readonly string[] {
  using routes = new RouteSocket();
  const link = routes.links().find(({ loopback }) => loopback)?.index ?? 0;
  return serviceCidr.split(",").map((range) => {
    const isIPv6 = range.includes(":");
    const address = PLUGINS_DNS_ADDRESSES.find((each) => each.includes(":") === isIPv6) ?? "";
    routes.addAddress({ link, address, isHostOnly: true });
    return withoutLength(address);
  });
}

/** Takes these addresses away again. */
export function removeDnsAddresses(): void {
  using routes = new RouteSocket();
  for (const present of routes.addresses())
    if (PLUGINS_DNS_ADDRESSES.includes(present.address)) routes.deleteAddress(present);
}

/** The node's own address in its range: that of the bridge. */
function gatewayOf(podCIDR: string): string {
  const range = parseCIDR(podCIDR);
  if (range === undefined) throw new RangeError(`Not a network: "${podCIDR}"`);
  return formatIP(nthIP(range, 1));
}
