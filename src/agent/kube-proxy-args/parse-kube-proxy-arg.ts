import { parseIP } from "#base/cidr.ts";
import { CONNTRACK_LIMITS, type ConntrackLimits } from "#network/proxy/conntrack-limits.ts";
import type { ListenAddress } from "#network/proxy/health/health-answer.ts";
import type { NodeConfig, ProxyMode } from "../config.ts";
import { settingsOf } from "../configuration/component-configuration.ts";
import { readConfiguration } from "../configuration/read-configuration.ts";
import { type ComponentFlags, readFlag, splitFlag } from "../configuration/read-flag.ts";
import type { KubeProxyArg, KubeProxyArgs } from "./kube-proxy-args.ts";
import { KUBE_PROXY_CONFIGURATION } from "./kube-proxy-configuration.ts";
import { REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FLAGS } from "./taken-flags.ts";

/** How Services are proxied on a node. */
export interface ProxySettings {
  readonly proxyMode: ProxyMode;
  readonly nodePortAddresses: readonly string[];
  readonly clusterCIDRs: readonly string[];
  readonly masqueradesAll: boolean;
  readonly masqueradeBit: number;
  /** Undefined for none. */
  readonly health: ListenAddress | undefined;
  readonly metrics: ListenAddress | undefined;
  /** Undefined for our own pace. */
  readonly syncPeriodMs: number | undefined;
  readonly minSyncPeriodMs: number | undefined;
  readonly conntrack: ConntrackLimits;
}

type Config = Pick<NodeConfig, "proxyMode" | "nodePortAddresses" | "kubeProxyArgs"> & {
  readonly clusterCidr: string;
};

/** Where kube-proxy tells load balancers how it is, and where it shows its numbers. */
const HEALTH = { address: "0.0.0.0", port: 10_256 };
const METRICS = { address: "127.0.0.1", port: 10_249 };

const MASQUERADE_BIT = 14;

const FLAGS: ComponentFlags<KubeProxyArgs> = {
  component: "kube-proxy",
  example: "masquerade-all=true",
  taken: TAKEN_FLAGS,
  refused: REFUSED_FLAGS,
};

/** One argument, such as `masquerade-all=true`. Throws a RangeError that says what it must be. */
export function parseKubeProxyArg(text: string): KubeProxyArg {
  const [name, value] = splitFlag(FLAGS, text);
  if (name === "config") return { configuration: readConfiguration(KUBE_PROXY_CONFIGURATION, value) };
  return { settings: readFlag(FLAGS, name, value) };
}

/** The settings of the service proxy: those of kube-proxy's flags go before ours, the last before those before it. */
export function proxySettingsOf({
  proxyMode,
  nodePortAddresses,
  clusterCidr,
  kubeProxyArgs,
}: Config): ProxySettings {
  const args = argsOf(kubeProxyArgs);
  return {
    proxyMode: args.proxyMode ?? proxyMode,
    nodePortAddresses: args.nodePortAddresses ?? nodePortAddresses,
    clusterCIDRs: args.clusterCIDRs ?? clusterCidr.split(","),
    masqueradesAll: args.masqueradesAll ?? false,
    masqueradeBit: args.masqueradeBit ?? MASQUERADE_BIT,
    health: listenAddress(args.healthzBindAddress, args.healthzPort, HEALTH),
    metrics: listenAddress(args.metricsBindAddress, args.metricsPort, METRICS),
    syncPeriodMs: args.syncPeriodMs,
    minSyncPeriodMs: args.minSyncPeriodMs,
    conntrack: limitsOf(args),
  };
}

/** As with kube-proxy, flags mean nothing next to a file. */
function argsOf(kubeProxyArgs: readonly KubeProxyArg[]): KubeProxyArgs {
  const file = kubeProxyArgs.findLast(({ configuration }) => configuration !== undefined)?.configuration;
  if (file !== undefined) return settingsOf(KUBE_PROXY_CONFIGURATION, [file]);
  return kubeProxyArgs.reduce<KubeProxyArgs>((all, { settings }) => ({ ...all, ...settings }), {});
}

function limitsOf(args: KubeProxyArgs): ConntrackLimits {
  const names = Object.keys(CONNTRACK_LIMITS) as (keyof ConntrackLimits)[];
  return Object.fromEntries(
    names.map((name) => [name, args[name] ?? CONNTRACK_LIMITS[name]]),
  ) as unknown as ConntrackLimits;
}

/** The port of the deprecated flag counts where the address has none (`addressFromDeprecatedFlags`). */
function listenAddress(
  text: string | undefined,
  port: number | undefined,
  usual: ListenAddress,
): ListenAddress | undefined {
  if (port === 0 || text === "") return undefined;
  const bare = text ?? usual.address;
  if (parseIP(bare) !== undefined) return { address: bare, port: port ?? usual.port };
  const at = bare.lastIndexOf(":");
  return { address: bare.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(bare.slice(at + 1)) };
}
