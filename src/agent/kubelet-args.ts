import type { Taint } from "#api/generated/core-v1.ts";
import { parseDuration } from "#apimachinery/duration.ts";
import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { parseIP } from "#base/cidr.ts";
import {
  type EvictionThresholds,
  parseEvictionHard,
  parseReserved,
  type Reserved,
} from "#kubelet/node/node-reservation.ts";
import { type NodeLabel, parseNodeLabel, parseNodeTaint } from "./node-registration.ts";

/** What `--kubelet-arg` can change of a kubelet. */
export interface KubeletArgs {
  readonly maxPods?: number;
  readonly nodeStatusUpdateFrequencyMs?: number;
  readonly streamingConnectionIdleTimeoutMs?: number;
  readonly nodeLabels?: readonly NodeLabel[];
  readonly nodeTaints?: readonly Taint[];
  readonly clusterDNS?: readonly string[];
  readonly clusterDomain?: string;
  readonly systemReserved?: Reserved;
  readonly kubeReserved?: Reserved;
  readonly evictionHard?: EvictionThresholds;
}

/** By the names of the kubelet's own flags. */
const ARGS: Readonly<Record<string, (value: string) => KubeletArgs>> = {
  "cluster-dns": (value) => ({ clusterDNS: value.split(",").map(parseNameserver) }),
  "cluster-domain": (value) => ({ clusterDomain: parseDomain(value) }),
  "eviction-hard": (value) => ({ evictionHard: parseEvictionHard(value) }),
  "kube-reserved": (value) => ({ kubeReserved: parseReserved(value) }),
  "max-pods": (value) => ({ maxPods: parseCount(value) }),
  "node-status-update-frequency": (value) => ({ nodeStatusUpdateFrequencyMs: parseMs(value) }),
  "node-labels": (value) => ({ nodeLabels: value.split(",").map(parseNodeLabel) }),
  "register-with-taints": (value) => ({ nodeTaints: value.split(",").map(parseNodeTaint) }),
  "streaming-connection-idle-timeout": (value) => ({ streamingConnectionIdleTimeoutMs: parseMs(value) }),
  "system-reserved": (value) => ({ systemReserved: parseReserved(value) }),
};

/** One argument, such as `max-pods=50`. Throws a RangeError that says what it must be. */
export function parseKubeletArg(text: string): KubeletArgs {
  const [, name = "", value] = /^(?:--)?([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const read = Object.hasOwn(ARGS, name) ? ARGS[name] : undefined;
  if (read === undefined || value === undefined) {
    throw new RangeError(`must be one of ${Object.keys(ARGS).join(", ")}, with = and its value`);
  }
  return read(value);
}

/** All of them; of an argument that was given twice the last counts. */
export function argsOf(args: readonly KubeletArgs[]): KubeletArgs {
  return args.reduce((all, each) => ({ ...all, ...each }), {});
}

function parseNameserver(text: string): string {
  if (parseIP(text) === undefined) throw new RangeError("must have addresses, such as 10.43.0.10");
  return text;
}

function parseDomain(text: string): string {
  if (checkDNS1123Subdomain(text).length > 0)
    throw new RangeError("must have a domain, such as cluster.local");
  return text;
}

function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text) || Number(text) === 0) throw new RangeError("must have a number above zero");
  return Number(text);
}

function parseMs(text: string): number {
  const ms = durationMs(text);
  if (ms <= 0) throw new RangeError("must have a duration above zero, such as 10s");
  return ms;
}

function durationMs(text: string): number {
  try {
    return Number(parseDuration(text) / 1_000_000n);
  } catch (error) {
    if (error instanceof SyntaxError) return 0;
    throw error;
  }
}
