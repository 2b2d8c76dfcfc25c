import { parseCIDR } from "#base/cidr.ts";
import type { NodeConfig, ProxyMode } from "./config.ts";

/** What `--kube-proxy-arg` can change of the service proxy. */
export interface KubeProxyArgs {
  readonly proxyMode?: ProxyMode;
  readonly nodePortAddresses?: readonly string[];
  /** Whether clients of cluster IPs are hidden behind the node's address, pods as well. */
  readonly masqueradesAll?: boolean;
}

type Config = Pick<NodeConfig, "proxyMode" | "nodePortAddresses" | "kubeProxyArgs">;

/** By the names of kube-proxy's own flags. */
const ARGS: Readonly<Record<string, (value: string) => KubeProxyArgs>> = {
  "proxy-mode": (value) => ({ proxyMode: parseProxyMode(value) }),
  "nodeport-addresses": (value) => ({ nodePortAddresses: value.split(",").map(parseNodePortAddresses) }),
  "masquerade-all": (value) => ({ masqueradesAll: parseBoolean(value) }),
};

/** One argument, such as `masquerade-all=true`. Throws a RangeError that says what it must be. */
export function parseKubeProxyArg(text: string): KubeProxyArgs {
  const [name = "", value] = text.replace(/^--/, "").split("=", 2);
  const read = Object.hasOwn(ARGS, name) ? ARGS[name] : undefined;
  if (read === undefined || value === undefined) {
    throw new RangeError(`must be one of ${Object.keys(ARGS).join(", ")}, with = and its value`);
  }
  return read(value);
}

/** The settings of the service proxy: those of kube-proxy's flags go before ours, the last before those before it. */
export function proxySettingsOf({
  proxyMode,
  nodePortAddresses,
  kubeProxyArgs,
}: Config): Required<KubeProxyArgs> {
  const settings = { proxyMode, nodePortAddresses, masqueradesAll: false };
  return kubeProxyArgs.reduce<Required<KubeProxyArgs>>((all, each) => ({ ...all, ...each }), settings);
}

export function parseProxyMode(text: string): ProxyMode {
  if (text !== "nftables" && text !== "iptables") throw new RangeError("must be nftables or iptables");
  return text;
}

/** One range, or the word for the node's own addresses. */
export function parseNodePortAddresses(text: string): string {
  if (text !== "primary" && parseCIDR(text) === undefined) {
    throw new RangeError("must be a network, such as 10.0.0.0/8, or primary");
  }
  return text;
}

function parseBoolean(text: string): boolean {
  if (text !== "true" && text !== "false") throw new RangeError("must have true or false");
  return text === "true";
}
