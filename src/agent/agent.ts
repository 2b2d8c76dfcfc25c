import { join } from "node:path";
import type { Changing } from "#base/changing.ts";
import type { Clock } from "#base/clock.ts";
import { buildVersion, gitVersion } from "#base/version.ts";
import type { Client } from "#client/client.ts";
import type { ContainerRuntime } from "#container/runtime.ts";
import type { ListenerOptions } from "#https/listener.ts";
import { openCgroupTree } from "#kubelet/cgroups/cgroup-files.ts";
import { createKubelet, type Kubelet } from "#kubelet/kubelet.ts";
import { readMachineIdentity, readMachineResources } from "#kubelet/node/machine-facts.ts";
import { addReserved, DEFAULT_RESERVATION, type EvictionThresholds } from "#kubelet/node/node-reservation.ts";
import { createLibcMounter } from "#kubelet/volumes/libc-mounter.ts";
import type { Logger } from "#observability/logger.ts";
import type { Metrics } from "#observability/metrics.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import type { AgentConfig, NodeConfig } from "./config.ts";
import { connectRuntime } from "./connect-runtime.ts";
import type { HostAddress } from "./host-address.ts";
import { checkHost } from "./kubelet-args/check-host.ts";
import type { KubeletArgs } from "./kubelet-args/kubelet-args.ts";
import { argsOf } from "./kubelet-args/parse-kubelet-arg.ts";
import { KUBELET_PORT, startKubeletServer } from "./kubelet-server.ts";
import { type NodeNetwork, startNodeNetwork } from "./node-network.ts";

/** Clients with the identities of a node's parts. */
export interface NodeClients {
  readonly kubelet: Client;
  readonly proxy: Client;
  readonly dns: Client;
}

export interface AgentDependencies {
  readonly clients: NodeClients;
  readonly address: HostAddress;
  /** The kubelet's serving certificate, and the authority of those who may call it. */
  readonly kubeletTls: Changing<ListenerOptions>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Runs everything that a node needs: pod network, service proxy, cluster DNS, kubelet and its server. Disposal
 * stops looking after pods; they, their connections and their Services go on working. Rejects with a StartupError
 * when there is no container runtime.
 */
export async function startAgent(
  config: AgentConfig,
  dependencies: AgentDependencies,
): Promise<AsyncDisposable> {
  const { clients, clock, logger } = dependencies;
  await using stack = new AsyncDisposableStack();
  const runtime = stack.use(await connectRuntime(config));
  const informersOf = (client: Client, component: string): ReflectedInformers =>
    stack.use(
      new ReflectedInformers({ client, clock, random: Math.random, logger: logger.with({ component }) }),
    );
  const informers = informersOf(clients.kubelet, "kubelet");
  const network = stack.use(
    await startNodeNetwork(config, {
      ...dependencies,
      informers: {
        kubelet: informers,
        proxy: informersOf(clients.proxy, "kube-proxy"),
        dns: informersOf(clients.dns, "cluster-dns"),
      },
    }),
  );
  const kubelet = stack.use(await startKubelet(config, { ...dependencies, informers, runtime, network }));
  stack.use(dependencies.address.onChange.add(() => kubelet.addressChanged()));
  stack.use(await startKubeletServer(config, { ...dependencies, client: clients.kubelet, kubelet, runtime }));
  return stack.move();
}

interface KubeletParts extends AgentDependencies {
  readonly informers: ReflectedInformers;
  readonly runtime: ContainerRuntime;
  readonly network: NodeNetwork;
}

async function startKubelet(config: AgentConfig, parts: KubeletParts): Promise<Kubelet> {
  const { clients, informers, runtime, network, clock, logger } = parts;
  const args = argsOf(config.kubeletArgs);
  await checkHost(args);
  const rootDirectory = join(config.dataDir, "agent", "kubelet");
  return createKubelet(
    {
      ...registrationOf(config, args),
      nodeName: config.nodeName,
      nodeIPs: () => [parts.address.current],
      version: gitVersion(buildVersion),
      port: KUBELET_PORT,
      rootDirectory,
      manifestDirectory: args.staticPodPath ?? join(config.dataDir, "agent", "pod-manifests"),
      clusterDNS: args.clusterDNS ?? config.clusterDns.split(","),
      clusterDomain: args.clusterDomain ?? config.clusterDomain,
    },
    {
      client: clients.kubelet,
      informers,
      runtime,
      podNetwork: network.pods,
      onPodCIDRs: network.onPodCIDRs,
      mounter: createLibcMounter(),
      cgroups: await openCgroupTree(),
      machine: await readMachineIdentity(),
      readResources: () => readMachineResources(config.dataDir),
      clock,
      random: Math.random,
      logger: logger.with({ component: "kubelet" }),
    },
  );
}

/** What a user has decided about the node. */
function registrationOf(config: NodeConfig, args: KubeletArgs) {
  const { nodeExternalIps, nodeLabels, nodeTaints } = config;
  const resolvConf = args.resolvConf ?? config.resolvConf;
  const labels = [...(args.nodeLabels ?? []), ...nodeLabels];
  return {
    nodeExternalIPs: nodeExternalIps,
    nodeLabels: Object.fromEntries(labels.map(({ key, value }) => [key, value])),
    nodeTaints: [...(args.nodeTaints ?? []), ...nodeTaints],
    reservation: {
      reserved: addReserved(args.systemReserved ?? {}, args.kubeReserved ?? {}),
      ...(args.evictionHard !== undefined && { evictionHard: evictionHardOf(args) }),
    },
    ...(resolvConf !== "" && { resolvConf }),
    ...(args.providerID !== undefined && { providerID: args.providerID }),
    settings: args,
  };
}

function evictionHardOf({ evictionHard, mergeDefaultEvictionSettings }: KubeletArgs): EvictionThresholds {
  const defaults = mergeDefaultEvictionSettings === true ? DEFAULT_RESERVATION.evictionHard : {};
  return { ...defaults, ...evictionHard };
}
