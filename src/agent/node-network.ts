import type { Clock } from "#base/clock.ts";
import type { Client } from "#client/client.ts";
import { createDnsMetrics } from "#network/dns/dns-metrics.ts";
import { KernelConntrack } from "#network/netlink/conntrack/kernel-conntrack.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import type { PodNetwork } from "#network/pod-network.ts";
import { applyConntrackLimits } from "#network/proxy/conntrack-limits.ts";
import { listenForHealth } from "#network/proxy/health/listen-for-health.ts";
import { kernelLoopbackRouting } from "#network/proxy/loopback-routing.ts";
import { NodeProxy } from "#network/proxy/node-proxy.ts";
import { createProxyMetrics } from "#network/proxy/proxy-metrics.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { ApiEventRecorder, type EventRecorder } from "#reconcile/event-recorder.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { AgentConfig } from "./config.ts";
import type { HostAddress } from "./host-address.ts";
import { proxySettingsOf } from "./kube-proxy-args/parse-kube-proxy-arg.ts";
import { startNodeDns } from "./node-dns.ts";
import { startPodNetwork } from "./pod-network.ts";
import { chooseProxyRules } from "./proxy-mode.ts";

/** The network side of a node. */
export interface NodeNetwork extends AsyncDisposable {
  readonly pods: PodNetwork;
  /** Sets the pod network up for the range that the node was given, and serves the cluster's names on it. */
  readonly onPodCIDRs: (podCIDRs: readonly string[]) => Promise<void>;
}

interface NodeNetworkDependencies {
  readonly address: HostAddress;
  readonly clients: { readonly kubelet: Client; readonly proxy: Client; readonly dns: Client };
  readonly informers: Readonly<Record<"kubelet" | "proxy" | "dns", SharedInformers>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Those of the whole process are for who may ask the API server or the kubelet. */
const PROXY_METRICS = /^(kubeproxy|process)_/;

/** Starts the service proxy, and adopts the pod network that an earlier process left. */
export async function startNodeNetwork(
  config: AgentConfig,
  { address, clients, informers, clock, logger, metrics }: NodeNetworkDependencies,
): Promise<NodeNetwork> {
  await using stack = new AsyncDisposableStack();
  const nft = new KernelNft();
  const conntrack = new KernelConntrack();
  const ranges = {
    clusterCIDRs: config.clusterCidr.split(","),
    serviceCIDRs: config.serviceCidr.split(","),
  };
  const eventsOf = (component: string, client: Client): ApiEventRecorder => {
    const dependencies = { client, clock, random: Math.random, logger: logger.with({ component }) };
    return stack.use(new ApiEventRecorder({ component, host: config.nodeName }, dependencies));
  };
  stack.use(
    await startServiceProxy(config, {
      ranges,
      informers: informers.proxy,
      events: eventsOf("kube-proxy", clients.proxy),
      nft,
      conntrack,
      clock,
      logger: logger.with({ component: "kube-proxy" }),
      metrics,
    }),
  );
  const nodes = informers.proxy.informer("Node");
  const network = { address, client: clients.kubelet, nodes, nft, conntrack, clock, logger };
  const { pods } = stack.use(await startPodNetwork(config, ranges, network));
  const dns = {
    informers: informers.dns,
    // As the kubelet, who may write Events, and see and write what is of this node alone.
    client: clients.kubelet,
    nodeInformers: informers.kubelet,
    events: eventsOf("cluster-dns", clients.kubelet),
    clock,
    logger,
    metrics: createDnsMetrics(metrics),
  };
  const owned = stack.move();
  return {
    pods,
    onPodCIDRs: async (podCIDRs) => {
      await pods.setPodCIDRs(podCIDRs);
      owned.use(startNodeDns(config, podCIDRs, dns));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface ServiceProxyParts extends Pick<NodeNetworkDependencies, "clock" | "logger" | "metrics"> {
  readonly ranges: { readonly serviceCIDRs: readonly string[] };
  readonly informers: SharedInformers;
  readonly events: EventRecorder;
  readonly nft: KernelNft;
  readonly conntrack: KernelConntrack;
}

async function startServiceProxy(
  config: AgentConfig,
  { ranges, nft, metrics, ...dependencies }: ServiceProxyParts,
): Promise<NodeProxy> {
  const { clock, logger } = dependencies;
  const { proxyMode, conntrack: limits, ...settings } = proxySettingsOf(config);
  const { dataDir, nodeName } = config;
  applyConntrackLimits(limits, logger);
  const mode = { dataDir, proxyMode, syncPeriodMs: settings.syncPeriodMs };
  const chosen = await chooseProxyRules(mode, { nft, clock, logger });
  const expose = (): Promise<string> => metrics.expose(PROXY_METRICS);
  return new NodeProxy(
    { nodeName, serviceCIDRs: ranges.serviceCIDRs, ...settings },
    {
      ...dependencies,
      ...chosen,
      listen: listenForHealth(),
      loopback: kernelLoopbackRouting(),
      random: Math.random,
      metrics: createProxyMetrics(metrics),
      shown: { mode: proxyMode, expose, contentType: metrics.contentType },
    },
  );
}
