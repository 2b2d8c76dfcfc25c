import type { Taint } from "#api/generated/core-v1.ts";
import type { ClusterSettings } from "#join/cluster-settings.ts";
import { OVERLAY_BACKENDS, type OverlayBackend } from "#network/overlay/node-facts.ts";
import type { KubeProxyArg } from "./kube-proxy-args/kube-proxy-args.ts";
import type { KubeletArg } from "./kubelet-args/kubelet-args.ts";
import type { NodeLabel } from "./node-registration.ts";

/** Our own pod network with a way between hosts, or plugins that do all of it. */
export type NetworkBackend = OverlayBackend | "cni";

export const NETWORK_BACKENDS: readonly NetworkBackend[] = [...OVERLAY_BACKENDS, "cni"];

/** What a user decides about a host that runs pods; a server has it as part of its own configuration. */
export interface NodeConfig {
  readonly dataDir: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  /** Whether the node's address is that of the host, whatever becomes of it; what is chosen stays. */
  readonly followsHostAddress: boolean;
  /** Addresses under which the node is reached from elsewhere. */
  readonly nodeExternalIps: readonly string[];
  readonly nodeLabels: readonly NodeLabel[];
  /** For a node that is new. */
  readonly nodeTaints: readonly Taint[];
  /** The resolver settings that pods and the cluster DNS go by; empty for the host's own. */
  readonly resolvConf: string;
  readonly kubeletArgs: readonly KubeletArg[];
  /** Name of the link to other hosts; empty for the one with the node's address. */
  readonly networkInterface: string;
  /** Where the configuration of CNI plugins is, and where they are themselves. */
  readonly cniConfDir: string;
  readonly cniBinDir: string;
  /** How Services get into the kernel. */
  readonly proxyMode: ProxyMode;
  /** Ranges whose addresses answer node ports, or `primary` for the node's own; without any, all of the host's do. */
  readonly nodePortAddresses: readonly string[];
  readonly kubeProxyArgs: readonly KubeProxyArg[];
  readonly containerRuntimeEndpoint: string;
  /** 0 logs what an operator wants to know, 4 and above everything. */
  readonly verbosity: number;
}

/** What running pods on a host needs to know. */
export interface AgentConfig extends NodeConfig, ClusterSettings {}

/** Everything a user can decide about `kubelith agent`. */
export interface AgentProcessConfig extends NodeConfig {
  /** URL of a server of the cluster. */
  readonly server: string;
  /** Lets this host in; empty where `tokenFile` has it, or where the host has joined before. */
  readonly token: string;
  readonly tokenFile: string;
}

/** In an nf_tables table of our own, or in kube-proxy's chains of iptables. */
export type ProxyMode = "nftables" | "iptables";
