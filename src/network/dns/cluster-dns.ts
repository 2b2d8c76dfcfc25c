import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { isAlreadyExists } from "#apimachinery/status-error.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { onceAborted } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import type { Logger } from "#observability/logger.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import { type DnsServerDependencies, startDnsServer } from "./dns-server.ts";
import type { Forwarder } from "./forwarder.ts";
import { type ZoneView, zoneNetworks } from "./zone.ts";

/** The Service that pods reach the cluster DNS through; the name is the one everybody knows from kube-dns. */
export const DNS_SERVICE = { namespace: "kube-system", name: "kube-dns" } as const;

const SERVICE_NAME_LABEL = "kubernetes.io/service-name";
const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
const DNS_PORT = 53;
const RETRY = { initialMs: 1_000, maxMs: 30_000, factor: 2, jitter: 0.1 };

export interface ClusterDnsOptions {
  readonly nodeName: string;
  /** Where to listen: an address of this node that its pods can reach. */
  readonly address: string;
  readonly domain: string;
  /** Networks of pods and Services, whose reverse names are never forwarded. */
  readonly networks: readonly string[];
}

export interface ClusterDnsDependencies {
  readonly client: Client;
  readonly informers: SharedInformers;
  readonly forwarder: Forwarder;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
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
  tasks.run((signal) => keepServing(options, dependencies, signal));
  return tasks;
}

async function keepServing(
  options: ClusterDnsOptions,
  dependencies: ClusterDnsDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger } = dependencies;
  const view = createZoneView(options, dependencies.informers);
  const backoff = new Backoff(RETRY, dependencies);
  for (;;) {
    try {
      await serve(options, { ...dependencies, view }, signal);
      return;
    } catch (error) {
      logger.error("Could not serve the cluster's names; trying again", { address: options.address, error });
    }
    await clock.sleep(backoff.next(), signal);
  }
}

async function serve(
  options: ClusterDnsOptions,
  dependencies: DnsServerDependencies & Pick<ClusterDnsDependencies, "client">,
  signal: AbortSignal,
): Promise<void> {
  await using _ = await startDnsServer({ address: options.address, port: DNS_PORT }, dependencies);
  await publishEndpoint(dependencies.client, dnsSlice(options));
  await onceAborted(signal);
}

/** The slice that makes one node's DNS server an endpoint. */
export function dnsSlice({
  nodeName,
  address,
}: Pick<ClusterDnsOptions, "nodeName" | "address">): NewObject<EndpointSlice> {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${DNS_SERVICE.name}-${nodeName}`,
      namespace: DNS_SERVICE.namespace,
      labels: { [SERVICE_NAME_LABEL]: DNS_SERVICE.name, [MANAGED_BY_LABEL]: "cluster-dns.kubelith.io" },
    },
    addressType: address.includes(":") ? "IPv6" : "IPv4",
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

/** A view of the caches with the indexes that names are looked up by. */
export function createZoneView(
  { domain, networks }: Pick<ClusterDnsOptions, "domain" | "networks">,
  informers: SharedInformers,
): ZoneView {
  const namespaces = informers.informer("Namespace");
  const services = informers.informer("Service");
  const slices = informers.informer("EndpointSlice");
  services.addIndex("address", ({ spec }) => (spec.clusterIPs ?? []).filter((address) => address !== "None"));
  slices.addIndex("service", ({ metadata: { namespace = "", labels } }) => [
    `${namespace}/${labels?.[SERVICE_NAME_LABEL] ?? ""}`,
  ]);
  slices.addIndex("address", ({ endpoints }) => [
    ...new Set(endpoints.flatMap(({ addresses }) => addresses)),
  ]);
  return {
    domain: domain.toLowerCase(),
    networks: zoneNetworks(networks),
    hasNamespace: (name) => namespaces.get("", name) !== undefined,
    service: (namespace, name) => services.get(namespace, name),
    slices: (namespace, service) => slices.byIndex("service", `${namespace}/${service}`),
    serviceByAddress: (address) => services.byIndex("address", address)[0],
    slicesByAddress: (address) => slices.byIndex("address", address),
  };
}
