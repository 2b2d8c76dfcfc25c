import type { NodeConfig } from "#agent/config.ts";
import { parseKubeProxyArg } from "#agent/kube-proxy-args/parse-kube-proxy-arg.ts";
import { parseNodePortAddresses, parseProxyMode } from "#agent/kube-proxy-args/taken-flags.ts";
import { parseKubeletArg } from "#agent/kubelet-args/parse-kubelet-arg.ts";
import { parseNodeLabel, parseNodeTaint } from "#agent/node-registration.ts";
import type { Settings } from "./setting.ts";
import {
  parseAddress,
  parseDnsName,
  parseLinkName,
  parsePath,
  parseUnixEndpoint,
  parseVerbosity,
} from "./setting-values.ts";

/** What every host with pods can be told, whether it runs a server or not. */
export const nodeSettings: Settings<NodeConfig> = {
  dataDir: {
    flag: "data-dir",
    help: "folder for all state",
    parse: parsePath,
    fallback: "/var/lib/kubelith",
  },
  nodeName: {
    flag: "node-name",
    help: "name of this host's node",
    parse: parseDnsName,
    fallback: ({ hostname }) => hostname.toLowerCase(),
    fallbackHelp: "the host name",
  },
  nodeIp: {
    flag: "node-ip",
    help: "address of this host's node",
    parse: parseAddress,
    fallback: ({ address }) => address ?? "127.0.0.1",
    fallbackHelp: "that of the default route",
  },
  followsHostAddress: {
    flag: "node-ip",
    help: "",
    parse: () => false,
    isImplied: true,
    fallback: true,
  },
  nodeExternalIps: {
    flag: "node-external-ip",
    help: "address under which the node is reached from elsewhere",
    parse: parseAddress,
    repeatable: true,
    fallback: [],
  },
  nodeLabels: {
    flag: "node-label",
    help: "label of the node, such as disk=ssd",
    parse: parseNodeLabel,
    repeatable: true,
    fallback: [],
  },
  nodeTaints: {
    flag: "node-taint",
    help: "taint that the node gets when it is new, such as disk=slow:NoSchedule",
    parse: parseNodeTaint,
    repeatable: true,
    fallback: [],
  },
  resolvConf: {
    flag: "resolv-conf",
    help: "file with the nameservers that are asked for names outside the cluster",
    parse: parsePath,
    fallback: "",
    fallbackHelp: "the host's own",
  },
  kubeletArgs: {
    flag: "kubelet-arg",
    help: "flag of the kubelet, such as max-pods=50",
    parse: parseKubeletArg,
    repeatable: true,
    keepsCommas: true,
    fallback: [],
  },
  networkInterface: {
    flag: "network-interface",
    help: "link by which other hosts are reached",
    parse: parseLinkName,
    fallback: "",
    fallbackHelp: "the link with the node's address",
  },
  cniConfDir: {
    flag: "cni-conf-dir",
    help: "folder with the configuration of CNI plugins, for --network-backend=cni",
    parse: parsePath,
    fallback: "/etc/cni/net.d",
  },
  cniBinDir: {
    flag: "cni-bin-dir",
    help: "folder with CNI plugins, for --network-backend=cni",
    parse: parsePath,
    fallback: "/opt/cni/bin",
  },
  proxyMode: {
    flag: "proxy-mode",
    help: "how Services get into the kernel: nftables or iptables",
    parse: parseProxyMode,
    fallback: "nftables",
  },
  nodePortAddresses: {
    flag: "nodeport-addresses",
    help: "range of addresses that answer node ports, or primary for the node's own",
    parse: parseNodePortAddresses,
    repeatable: true,
    fallback: [],
  },
  kubeProxyArgs: {
    flag: "kube-proxy-arg",
    help: "flag of kube-proxy, such as masquerade-all=true",
    parse: parseKubeProxyArg,
    repeatable: true,
    keepsCommas: true,
    fallback: [],
  },
  containerRuntimeEndpoint: {
    flag: "container-runtime-endpoint",
    help: "socket of the Docker Engine",
    parse: parseUnixEndpoint,
    fallback: "unix:///var/run/docker.sock",
  },
  verbosity: {
    flag: "v",
    help: "how much to log: 0 for operators, 4 and above for everything",
    parse: parseVerbosity,
    fallback: 0,
  },
};
