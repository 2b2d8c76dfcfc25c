import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { type KubeObject, objectKey } from "#apimachinery/meta.ts";
import { Backoff } from "#base/backoff.ts";
import type { Clock } from "#base/clock.ts";
import { abortable } from "#base/disposable.ts";
import { TaskGroup } from "#base/task-group.ts";
import type { Logger } from "#observability/logger.ts";
import type { Informer } from "#reconcile/informer.ts";
import type { Change } from "#reconcile/object-cache.ts";
import type { SharedInformers } from "#reconcile/shared-informers.ts";
import type { Conntrack, ConntrackEntry } from "../conntrack/conntrack.ts";
import { type AddressFamily, IPV4, IPV6 } from "../nft/address-family.ts";
import type { NftBackend } from "../nft/nft-backend.ts";
import type { ByteString } from "../nft/ruleset.ts";
import { TableKeeper } from "../nft/table-keeper.ts";
import type { Protocol } from "../nft/value.ts";
import { createSharedChains, type SharedChains } from "./endpoint-chains.ts";
import { basePart, proxyTable } from "./layout.ts";
import { planService } from "./plan-service.ts";
import { BASE_OWNER, rankOf, serviceKeyOf } from "./plan-services.ts";
import { noProxyMetrics, type ProxyMetrics } from "./proxy-metrics.ts";
import type { ProxyNode } from "./proxy-node.ts";
import {
  frontendsOf,
  servingEndpoints,
  staleConnections,
  untranslatedConnections,
} from "./stale-connections.ts";

export interface ServiceProxyOptions {
  readonly nodeName: string;
  /** Ranges of pod addresses; what comes from elsewhere is off-cluster traffic. */
  readonly clusterCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** Which addresses of Services are served. Default: IPv4. */
  readonly family?: AddressFamily;
}

export interface ServiceProxyDependencies {
  readonly informers: SharedInformers;
  readonly nft: NftBackend;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics?: ProxyMetrics;
}

const SLICES_OF_SERVICE = "slices-of-service";

/** Changes that come close together are written together; the first one is not delayed. */
const MIN_SYNC_INTERVAL_MS = 20;

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
  readonly #node: ProxyNode;
  readonly #chains: SharedChains;
  readonly #rules: TableKeeper;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #metrics: ProxyMetrics;
  readonly #tasks: TaskGroup;
  readonly #backoff: Backoff;
  readonly #ready = Promise.withResolvers<void>();
  /** Services whose part of the rules may be out of date. */
  readonly #dirty = new Set<string>();
  #wake: (() => void) | undefined;
  #failure: Error | undefined = new Error("Service proxy has not yet synced");

  constructor(options: ServiceProxyOptions, dependencies: ServiceProxyDependencies) {
    const { nodeName, clusterCIDRs, serviceCIDRs, family = IPV4 } = options;
    const { informers, nft, clock, random, logger, metrics = noProxyMetrics } = dependencies;
    this.#dependencies = dependencies;
    this.#metrics = metrics;
    this.#node = { name: nodeName, family, clusterCIDRs, serviceCIDRs };
    this.#chains = createSharedChains(this.#node);
    this.#rules = new TableKeeper(proxyTable(family), { nft, clock, logger });
    this.#rules.set(BASE_OWNER, basePart(this.#node));
    this.#services = informers.informer("Service");
    this.#slices = informers.informer("EndpointSlice");
    this.#slices.addIndex(SLICES_OF_SERVICE, (slice) => [serviceKeyOf(slice) ?? ""]);
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
    using _services = this.#services.onChange((changes) => this.#note(changes, keyOf));
    using _slices = this.#slices.onChange((changes) => this.#note(changes, serviceKeyOf));
    await abortable(Promise.all([this.#services.synced, this.#slices.synced]), signal);
    this.#tasks.run((stop) => this.#rules.guard(stop, () => this.#forgetUntranslated()));
    for (;;) {
      const waitMs = this.#sync() ? MIN_SYNC_INTERVAL_MS : this.#backoff.next();
      await this.#dependencies.clock.sleep(waitMs, signal);
      if (this.#failure === undefined) await this.#somethingDirty(signal);
    }
  }

  #note<T extends KubeObject>(
    changes: readonly Change<T>[],
    keyOfService: (object: T) => string | undefined,
  ): void {
    for (const change of changes) {
      const objects = change.type === "updated" ? [change.object, change.previous] : [change.object];
      for (const object of objects) {
        const key = keyOfService(object);
        if (key !== undefined) this.#dirty.add(key);
      }
    }
    this.#wake?.();
  }

  async #somethingDirty(signal: AbortSignal): Promise<void> {
    if (this.#dirty.size > 0) return;
    const woken = Promise.withResolvers<void>();
    this.#wake = woken.resolve;
    await abortable(woken.promise, signal);
    this.#wake = undefined;
  }

  /** Brings the rules up to date with everything that is known now. False when the kernel refused. */
  #sync(): boolean {
    const { clock, logger } = this.#dependencies;
    const started = clock.now();
    const keys = [...this.#dirty];
    this.#dirty.clear();
    for (const key of keys) this.#plan(key);
    try {
      if (this.#rules.commit()) this.#forgetUntranslated();
    } catch (error) {
      logger.error("Could not write the packet rules of Services", { error });
      this.#metrics.syncFailed();
      this.#failure = new Error("The packet rules of Services could not be written", { cause: error });
      for (const key of keys) this.#dirty.add(key);
      return false;
    }
    this.#forgetStale(keys);
    this.#metrics.synced(clock.now(), clock.now() - started);
    if (this.#failure !== undefined)
      logger.info("Wrote the packet rules of Services", { services: keys.length });
    this.#failure = undefined;
    this.#backoff.reset();
    this.#ready.resolve();
    return true;
  }

  #plan(key: string): void {
    const service = this.#serviceOf(key);
    if (service === undefined) {
      this.#rules.set(key, undefined);
      return;
    }
    const part = planService(service, this.#slicesOf(key), { node: this.#node, chains: this.#chains });
    this.#rules.set(key, part, rankOf(service));
  }

  /** Forgets UDP connections that lead to something else than an endpoint of these Services. */
  #forgetStale(keys: Iterable<string>): void {
    const serving = new Map<ByteString, ReadonlySet<ByteString>>();
    for (const key of keys) {
      const service = this.#serviceOf(key);
      if (service === undefined) continue;
      for (const entry of servingEndpoints(service, this.#slicesOf(key), this.#node)) serving.set(...entry);
    }
    if (serving.size > 0) this.#forget("UDP", (entries) => staleConnections(entries, serving));
  }

  /** Forgets connections that began while there were no rules. */
  #forgetUntranslated(): void {
    const services = this.#services.list();
    const frontends = new Set(services.flatMap((service) => frontendsOf(service, this.#node)));
    if (frontends.size === 0) return;
    for (const protocol of ["TCP", "UDP", "SCTP"] as const) {
      this.#forget(protocol, (entries) => untranslatedConnections(entries, frontends));
    }
  }

  #forget(
    protocol: Protocol,
    choose: (entries: readonly ConntrackEntry[]) => readonly ConntrackEntry[],
  ): void {
    const { conntrack, logger } = this.#dependencies;
    try {
      const chosen = choose(conntrack.entries({ family: this.#node.family.nft, protocol }));
      for (const entry of chosen) conntrack.delete(entry);
      this.#metrics.connectionsDeleted(chosen.length);
    } catch (error) {
      logger.warn("Could not forget stale connections", { protocol, error });
    }
  }

  #serviceOf(key: string): Service | undefined {
    const [namespace = "", name = ""] = key.split("/");
    return this.#services.get(namespace, name);
  }

  #slicesOf(key: string): readonly EndpointSlice[] {
    return this.#slices.byIndex(SLICES_OF_SERVICE, key);
  }
}

function keyOf({ metadata }: KubeObject): string {
  return objectKey(metadata);
}
