import type { JsonObject } from "#apimachinery/json-value.ts";
import type { ConntrackLimits } from "#network/proxy/conntrack-limits.ts";
import type { ProxyMode } from "../config.ts";

/** What `--kube-proxy-arg` can change of the service proxy. */
export interface KubeProxyArgs extends Partial<ConntrackLimits> {
  readonly proxyMode?: ProxyMode;
  readonly nodePortAddresses?: readonly string[];
  /** Whether clients of cluster IPs are hidden behind the node's address, pods as well. */
  readonly masqueradesAll?: boolean;
  /** The bit of packet marks by which rules of iptables know what to hide. */
  readonly masqueradeBit?: number;
  /** What comes from elsewhere is off-cluster traffic. */
  readonly clusterCIDRs?: readonly string[];
  /** `address:port`; empty for none. */
  readonly healthzBindAddress?: string;
  readonly metricsBindAddress?: string;
  /** Of one of the two; 0 for none. */
  readonly healthzPort?: number;
  readonly metricsPort?: number;
  readonly syncPeriodMs?: number;
  readonly minSyncPeriodMs?: number;
}

/** One argument: what it says itself, or the file that it names. */
export interface KubeProxyArg {
  readonly settings?: KubeProxyArgs;
  readonly configuration?: JsonObject;
}
