import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { Logger } from "#observability/logger.ts";
import { readSysctl, writeSysctl } from "../netlink/sysctl.ts";

/** How many connections the kernel tracks, and for how long (`KubeProxyConntrackConfiguration`). */
export interface ConntrackLimits {
  /** Connections for each CPU, and at least how many; 0 for each CPU leaves the limit as it is. */
  readonly maxPerCore: number;
  readonly min: number;
  /** 0 leaves a timeout as it is. */
  readonly tcpEstablishedTimeoutMs: number;
  readonly tcpCloseWaitTimeoutMs: number;
  readonly udpTimeoutMs: number;
  readonly udpStreamTimeoutMs: number;
  /** Whether packets outside of the window of their connection count as part of it. */
  readonly tcpBeLiberal: boolean;
}

/** `pkg/proxy/apis/config/v1alpha1/defaults.go` */
export const CONNTRACK_LIMITS: ConntrackLimits = {
  maxPerCore: 32_768,
  min: 131_072,
  tcpEstablishedTimeoutMs: 86_400_000,
  tcpCloseWaitTimeoutMs: 3_600_000,
  udpTimeoutMs: 0,
  udpStreamTimeoutMs: 0,
  tcpBeLiberal: false,
};

/** So that a machine with many CPUs does not spend its memory on this. */
const MOST = 1_048_576;
/** Connections for each bucket of the table. */
const PER_BUCKET = 4;

export interface ConntrackState {
  readonly cpus: number;
  readonly max: number;
  readonly buckets: number;
}

/** What has to be written, by the names of the kernel's settings, and `hashsize` for the size of the table. */
export function planConntrackLimits(
  limits: ConntrackLimits,
  { cpus, max, buckets }: ConntrackState,
): Readonly<Record<string, number>> {
  const scaled = Math.min(limits.maxPerCore * cpus, MOST);
  const wanted = limits.maxPerCore === 0 ? 0 : Math.max(scaled, limits.min);
  const neededBuckets = Math.floor(wanted / PER_BUCKET);
  return {
    ...(max < wanted && { nf_conntrack_max: wanted }),
    ...(buckets < neededBuckets && { hashsize: neededBuckets }),
    ...secondsOf("nf_conntrack_tcp_timeout_established", limits.tcpEstablishedTimeoutMs),
    ...secondsOf("nf_conntrack_tcp_timeout_close_wait", limits.tcpCloseWaitTimeoutMs),
    ...(limits.tcpBeLiberal && { nf_conntrack_tcp_be_liberal: 1 }),
    ...secondsOf("nf_conntrack_udp_timeout", limits.udpTimeoutMs),
    ...secondsOf("nf_conntrack_udp_timeout_stream", limits.udpStreamTimeoutMs),
  };
}

function secondsOf(name: string, ms: number): Readonly<Record<string, number>> {
  return ms === 0 ? {} : { [name]: Math.floor(ms / 1000) };
}

const HASHSIZE = "/sys/module/nf_conntrack/parameters/hashsize";

/**
 * Tells the kernel, of the process's own network namespace. What cannot be set is logged: the limits belong to the first
 * namespace of the host, and containers may not set them.
 */
export function applyConntrackLimits(limits: ConntrackLimits, logger: Logger): void {
  const sysctl = (name: string): readonly string[] => ["net", "netfilter", name];
  const state = {
    cpus: availableParallelism(),
    max: Number(readSysctl(sysctl("nf_conntrack_max")) ?? 0),
    buckets: existsSync(HASHSIZE) ? Number(readFileSync(HASHSIZE, "utf8")) : Number.POSITIVE_INFINITY,
  };
  for (const [name, value] of Object.entries(planConntrackLimits(limits, state))) {
    try {
      if (name === "hashsize") writeFileSync(HASHSIZE, String(value));
      else writeSysctl(sysctl(name), String(value));
    } catch (error) {
      logger.warn("Could not set a limit of tracked connections", { name, value, error });
    }
  }
}
