import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { Conntrack } from "../conntrack/conntrack.ts";
import { type AddressFamily, IPV4, IPV6 } from "../nft/address-family.ts";
import type { NftBackend } from "../nft/nft-backend.ts";
import { ConnectionCleaner } from "./connection-cleaner.ts";
import type { ProxyHealth } from "./health/proxy-health.ts";
import { planServiceHealth } from "./health/service-health.ts";
import type { ServiceHealthPorts } from "./health/service-health-ports.ts";
import { proxyTable } from "./layout.ts";
import { ProxyCaches } from "./proxy-caches.ts";
import { noProxyMetrics, type ProxyMetrics } from "./proxy-metrics.ts";
import type { ProxyNode } from "./proxy-node.ts";
import type { CreateProxyRules, ProxyRules } from "./proxy-rules.ts";
export interface ServiceProxyOptions {
  readonly nodeName: string;
  /** Ranges of pod addresses; what comes from elsewhere is off-cluster traffic. */
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** See `ProxyNode`. */
  readonly nodePortAddresses?: readonly string[];
  readonly masqueradesAll?: boolean;
  readonly masqueradeBit?: number | undefined;
  /** Changes that come within this time are written together; the first one is not delayed. */
  readonly minSyncPeriodMs?: number | undefined;
  /** Which addresses of Services are served. Default: IPv4. */
  readonly family?: AddressFamily;
}

export interface ServiceProxyDependencies {
  readonly informers: SharedInformers;
  readonly rules: CreateProxyRules;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: ProxyMetrics;
  /** Told of changes and of rules that have them. */
  readonly health?: ProxyHealth;
  /** Kept as Services want them; without, no health check node port is opened. */
  readonly healthPorts?: ServiceHealthPorts;
}

/** The rules that we write are few and quick, so that less is gained by waiting than kube-proxy does. */
const MIN_SYNC_PERIOD_MS = 20;

const RETRY = { initialMs: 500, maxMs: 30_000, factor: 2, jitter: 0.2 };

/**
 * Keeps the packet rules of this node in step with Services and EndpointSlices, from now until it is disposed. Rules
 * of an earlier process keep working until the first list of both is there, and are then changed where they differ.
 * Disposal leaves the rules in place: Services outlive this process.
 */
export function createServiceProxy(
  options: ServiceProxyOptions,
  dependencies: ServiceProxyDependencies,
): ServiceProxy {
  return new ServiceProxy(options, dependencies);
}

/** Removes the rules of Services from a node that leaves the cluster. */
export function removeServiceRules(nft: NftBackend): void {
  for (const family of [IPV4, IPV6]) {
    const table = proxyTable(family);
    if (nft.read(table) !== undefined) nft.apply({ table, operations: [{ type: "deleteTable" }] });
  }
}

export class ServiceProxy implements AsyncDisposable {
  readonly #dependencies: ServiceProxyDependencies;
  readonly #rules: ProxyRules;
  readonly #caches: ProxyCaches;
  readonly #connections: ConnectionCleaner;
  readonly #metrics: ProxyMetrics;
  readonly #minSyncPeriodMs: number;
  readonly #tasks: TaskGroup;
  readonly #backoff: Backoff;
  readonly #ready = Promise.withResolvers<void>();
  #node: ProxyNode;
  #failure: Error | undefined = new Error("Service proxy has not yet synced");

  constructor(options: ServiceProxyOptions, dependencies: ServiceProxyDependencies) {
    const { nodeName, family = IPV4, minSyncPeriodMs = MIN_SYNC_PERIOD_MS, ...ranges } = options;
    const { informers, rules, clock, random, logger, metrics = noProxyMetrics } = dependencies;
    this.#dependencies = dependencies;
    this.#metrics = metrics;
    this.#minSyncPeriodMs = minSyncPeriodMs;
    this.#node = { name: nodeName, family, ...ranges };
    this.#rules = rules(this.#node);
    this.#caches = new ProxyCaches(informers, nodeName);
    this.#connections = new ConnectionCleaner({ ...dependencies, caches: this.#caches, metrics });
    this.#backoff = new Backoff(RETRY, { clock, random });
    this.#tasks = new TaskGroup((error) => logger.error("Service proxy ended", { error }));
    this.#tasks.run((signal) => this.#run(signal));
  }

  /** Resolves when the rules of all Services are in place for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** A health check: throws while the rules are not what Services need, with the reason. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#rules.isInStep) throw new Error("The packet rules of Services are being repaired");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks[Symbol.asyncDispose]();
    this.#rules[Symbol.dispose]();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock, health } = this.#dependencies;
    const { name } = this.#node.family;
    health?.updated(name);
    using _ = this.#caches.follow(() => health?.queued(name));
    await abortable(this.#caches.synced, signal);
    this.#tasks.run((stop) =>
      this.#rules.guard(stop, () => this.#connections.forgetUntranslated(this.#node)),
    );
    for (;;) {
      const waitMs = (await this.#sync()) ? this.#minSyncPeriodMs : this.#backoff.next();
      await clock.sleep(waitMs, signal);
      if (this.#failure === undefined) await this.#caches.somethingChanged(signal);
    }
  }

  /** Brings the rules up to date with everything that is known now. False when the kernel refused. */
  async #sync(): Promise<boolean> {
    const { clock, logger, health, healthPorts } = this.#dependencies;
    const started = clock.now();
    const keys = this.#caches.takeChanged();
    this.#followNode();
    for (const key of keys) this.#plan(key);
    try {
      if (await this.#rules.commit()) this.#connections.forgetUntranslated(this.#node);
    } catch (error) {
      logger.error("Could not write the packet rules of Services", { error });
      this.#metrics.syncFailed();
      this.#failure = new Error("The packet rules of Services could not be written", { cause: error });
      this.#caches.putBack(keys);
      return false;
    }
    this.#connections.forgetStale(keys, this.#node);
    healthPorts?.apply();
    health?.updated(this.#node.family.name);
    this.#metrics.synced(clock.now(), clock.now() - started);
    if (this.#failure !== undefined)
      logger.info("Wrote the packet rules of Services", { services: keys.length });
    this.#failure = undefined;
    this.#backoff.reset();
    this.#ready.resolve();
    return true;
  }

  #followNode(): void {
    const { zone, addresses } = this.#node;
    const { place } = this.#caches;
    if (Bun.deepEquals(place, { zone, addresses })) return;
    this.#node = { ...this.#node, ...place };
    this.#rules.setNode(this.#node);
  }

  #plan(key: string): void {
    const { healthPorts } = this.#dependencies;
    const service = this.#caches.service(key);
    const slices = this.#caches.slicesOf(key);
    this.#rules.set(key, service, slices);
    healthPorts?.set(key, service && planServiceHealth(service, slices, this.#node));
  }
}
