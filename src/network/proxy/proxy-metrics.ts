import type { Metrics } from "#observability/metrics.ts";
import type { AddressFamily } from "../nft/address-family.ts";

/** Counts what the service proxy does. */
export interface ProxyMetrics {
  /** Rules were written, at `now` (milliseconds since the epoch), in `durationMs`. */
  synced(now: number, durationMs: number): void;
  syncFailed(): void;
  /** Stale connections were forgotten. */
  connectionsDeleted(count: number): void;
}

const nothing = (): void => undefined;

export const noProxyMetrics: ProxyMetrics = {
  synced: nothing,
  syncFailed: nothing,
  connectionsDeleted: nothing,
};

/** The metrics of kube-proxy, by its names (pkg/proxy/metrics/metrics.go). Once per process. */
export function createProxyMetrics(metrics: Metrics): (family: AddressFamily) => ProxyMetrics {
  const labels = ["ip_family"] as const;
  const duration = metrics.histogram({
    name: "kubeproxy_sync_proxy_rules_duration_seconds",
    help: "SyncProxyRules latency in seconds",
    labels,
    buckets: Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index),
  });
  const last = metrics.gauge({
    name: "kubeproxy_sync_proxy_rules_last_timestamp_seconds",
    help: "The last time proxy rules were successfully synced",
    labels,
  });
  const failures = metrics.counter({
    name: "kubeproxy_sync_proxy_rules_nftables_sync_failures_total",
    help: "Cumulative proxy nftables sync failures",
    labels,
  });
  const deleted = metrics.counter({
    name: "kubeproxy_conntrack_reconciler_deleted_entries_total",
    help: "Cumulative conntrack flows deleted by conntrack reconciler",
    labels,
  });
  return ({ name }) => {
    const own = { ip_family: name };
    return {
      synced: (now, durationMs) => {
        duration.observe(own, durationMs / 1000);
        last.set(own, now / 1000);
      },
      syncFailed: () => failures.add(own),
      connectionsDeleted: (count) => deleted.add(own, count),
    };
  };
}
