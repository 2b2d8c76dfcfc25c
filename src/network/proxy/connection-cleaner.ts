import type { Logger } from "#observability/logger.ts";
import type { Conntrack, ConntrackEntry } from "../conntrack/conntrack.ts";
import type { ByteString } from "../nft/ruleset.ts";
import type { Protocol } from "../nft/value.ts";
import type { ProxyCaches } from "./proxy-caches.ts";
import type { ProxyMetrics } from "./proxy-metrics.ts";
import type { ProxyNode } from "./proxy-node.ts";
import {
  frontendsOf,
  servingEndpoints,
  staleConnections,
  untranslatedConnections,
} from "./stale-connections.ts";

export interface ConnectionCleanerDependencies {
  readonly caches: ProxyCaches;
  readonly conntrack: Conntrack;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
}

/** Makes the kernel forget connections that would go on to where they must not go any more. */
export class ConnectionCleaner {
  readonly #dependencies: ConnectionCleanerDependencies;

  constructor(dependencies: ConnectionCleanerDependencies) {
    this.#dependencies = dependencies;
  }

  /** Forgets UDP connections that lead to something else than an endpoint of these Services. */
  forgetStale(keys: Iterable<string>, node: ProxyNode): void {
    const { caches } = this.#dependencies;
    const serving = new Map<ByteString, ReadonlySet<ByteString>>();
    for (const key of keys) {
      const service = caches.service(key);
      if (service === undefined) continue;
      for (const entry of servingEndpoints(service, caches.slicesOf(key), node)) serving.set(...entry);
    }
    if (serving.size > 0) this.#forget("UDP", node, (entries) => staleConnections(entries, serving));
  }

  /** Forgets connections that began while there were no rules. */
  forgetUntranslated(node: ProxyNode): void {
    const services = this.#dependencies.caches.services();
    const frontends = new Set(services.flatMap((service) => frontendsOf(service, node)));
    if (frontends.size === 0) return;
    for (const protocol of ["TCP", "UDP", "SCTP"] as const) {
      this.#forget(protocol, node, (entries) => untranslatedConnections(entries, frontends));
    }
  }

  #forget(
    protocol: Protocol,
    { family }: ProxyNode,
    choose: (entries: readonly ConntrackEntry[]) => readonly ConntrackEntry[],
  ): void {
    const { conntrack, metrics, logger } = this.#dependencies;
    try {
      const chosen = choose(conntrack.entries({ family: family.nft, protocol }));
      for (const entry of chosen) conntrack.delete(entry);
      metrics.connectionsDeleted(chosen.length);
    } catch (error) {
      logger.warn("Could not forget stale connections", { protocol, error });
    }
  }
}
