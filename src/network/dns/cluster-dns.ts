import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isAlreadyExists } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { onceAborted } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { EventRecorder } from "#reconcile/event-recorder.ts";
import { type ClusterNamesInformers, watchClusterNames } from "./cluster-names.ts";
import type { DnsMetrics } from "./dns-metrics.ts";
import { reportDnsProblems } from "./dns-problems.ts";
import { startDnsServer } from "./dns-server.ts";
import { createHostResolver } from "./host-nameservers.ts";
import { LoopGuard } from "./loop-guard.ts";
import { Resolver } from "./resolver.ts";
import { Responder } from "./responder.ts";
import { watchServerBlocks } from "./server-blocks.ts";
import { DNS_PORT, formatUpstream } from "./upstream.ts";
import { DNS_SERVICE, SERVICE_NAME_LABEL, zoneNetworks } from "./zone-view.ts";

const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
/** Clients ask once more after five seconds. */
const MAX_UNKNOWN_MS = 3000;
const RETRY = { initialMs: 1_000, maxMs: 30_000, factor: 2, jitter: 0.1 };

export interface ClusterDnsOptions {
  readonly nodeName: string;
  /** Where to listen: an address of this node that its pods can reach, of each family that they have. */
  readonly addresses: readonly string[];
  /** Addresses of the Service `kube-dns`. */
  readonly serviceAddresses: readonly string[];
  readonly domain: string;
  /** Networks of pods and Services, whose reverse names are never forwarded. */
  readonly networks: readonly string[];
  /** The file that names the servers to ask for other names. Default: the host's. */
  readonly resolvConf?: string | undefined;
}

export interface ClusterDnsDependencies extends ClusterNamesInformers {
  /** Who may write an EndpointSlice of the node. */
  readonly client: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: DnsMetrics;
}

/**
 * Serves the cluster's names on this node, and puts this node's server behind the Service `kube-dns` (whose
 * internalTrafficPolicy keeps every pod on its own node's server). Tries again while the address is taken or the
 * API server cannot be reached, and goes on answering from its caches when it goes away later.
 */
export function runClusterDns(
  options: ClusterDnsOptions,
  dependencies: ClusterDnsDependencies,
): AsyncDisposable {
  const { logger } = dependencies;
  const tasks = new TaskGroup((error) => logger.error("The cluster DNS ended", { error }));
  const { responder, synced } = createClusterResponder(options, { ...dependencies, tasks });
  for (const address of options.addresses) {
    tasks.run(async (signal) => {
      await untilKnown(synced, dependencies.clock, signal);
      await keepServing({ ...options, address }, { ...dependencies, responder }, signal);
    });
  }
  return tasks;
}

/**
 * Until the names of the cluster are known nobody is answered: clients ask again where nobody listens, but take it for an
 * answer that there is none. An API server that is away is not waited for.
 */
export async function untilKnown(synced: Promise<unknown>, clock: Clock, signal: AbortSignal): Promise<void> {
  await Promise.race([synced, clock.sleep(MAX_UNKNOWN_MS, signal)]);
}

/** What answers, without its sockets. */
export interface ClusterResponder {
  readonly responder: Responder;
  /** Resolves when the names of the cluster are known for the first time. */
  readonly synced: Promise<unknown>;
}

export function createClusterResponder(
  { domain, networks, nodeName, addresses, serviceAddresses, resolvConf }: ClusterDnsOptions,
  { tasks, ...dependencies }: ClusterDnsDependencies & { readonly tasks: TaskGroup },
): ClusterResponder {
  const { clock, logger, metrics, informers } = dependencies;
  const lower = domain.toLowerCase();
  const names = watchClusterNames(
    { domain: lower, networks: zoneNetworks(networks), nodeName },
    dependencies,
    clock,
  );
  const own = [...addresses, ...serviceAddresses].map((address) =>
    formatUpstream({ address, port: DNS_PORT }),
  );
  const problems = reportDnsProblems({ ...dependencies, nodeName });
  const loopGuard = new LoopGuard(own, problems);
  const host = createHostResolver({ path: resolvConf, clock });
  const forwarding = { ...dependencies, loopGuard, tasks, problems, metrics: metrics.forward };
  const blocks = watchServerBlocks({ informers, host, forwarding, problems });
  const resolver = new Resolver({
    view: names.view,
    blocks,
    hostSearches: async () => (await host()).searches,
  });
  const responder = new Responder({
    resolver,
    blocks,
    generation: names.generation,
    namespaceOf: names.namespaceOf,
    domain: lower,
    loopGuard,
    clock,
    metrics,
    logger,
  });
  return { responder, synced: names.synced };
}

type OneAddress = Pick<ClusterDnsOptions, "nodeName"> & { readonly address: string };

type Serving = Pick<ClusterDnsDependencies, "client" | "clock" | "random" | "logger"> & {
  readonly responder: Responder;
};

async function keepServing(options: OneAddress, dependencies: Serving, signal: AbortSignal): Promise<void> {
  const { clock, logger } = dependencies;
  const backoff = new Backoff(RETRY, dependencies);
  for (;;) {
    try {
      await serve(options, dependencies, signal);
      return;
    } catch (error) {
      logger.error("Could not serve the cluster's names; trying again", { address: options.address, error });
    }
    await clock.sleep(backoff.next(), signal);
  }
}

async function serve(options: OneAddress, dependencies: Serving, signal: AbortSignal): Promise<void> {
  await using _ = await startDnsServer({ address: options.address, port: DNS_PORT }, dependencies);
  await publishEndpoint(dependencies.client, dnsSlice(options));
  await onceAborted(signal);
}

/** The slice that makes one node's DNS server an endpoint. */
export function dnsSlice({ nodeName, address }: OneAddress): NewObject<EndpointSlice> {
  const isIPv6 = address.includes(":");
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${DNS_SERVICE.name}-${nodeName}${isIPv6 ? "-ipv6" : ""}`,
      namespace: DNS_SERVICE.namespace,
      labels: { [SERVICE_NAME_LABEL]: DNS_SERVICE.name, [MANAGED_BY_LABEL]: "cluster-dns.kubelith.io" },
    },
    addressType: isIPv6 ? "IPv6" : "IPv4",
    endpoints: [
      { addresses: [address], nodeName, conditions: { ready: true, serving: true, terminating: false } },
    ],
    ports: [
      { name: "dns", port: DNS_PORT, protocol: "UDP" },
      { name: "dns-tcp", port: DNS_PORT, protocol: "TCP" },
    ],
  };
}

async function publishEndpoint(client: Client, slice: NewObject<EndpointSlice>): Promise<void> {
  const name = { namespace: DNS_SERVICE.namespace, name: slice.metadata.name ?? "" };
  try {
    await client.create("EndpointSlice", slice);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const { endpoints, ports } = slice;
    await client.patch("EndpointSlice", name, { type: "merge", document: { endpoints, ports } });
  }
}
