import type { ServerConfig } from "#server/config.ts";
import type { Settings } from "./setting.ts";
import {
  parseAddress,
  parseDnsName,
  parseIPv4Network,
  parseMode,
  parsePath,
  parsePort,
  parsePortRange,
  parseSubjectName,
  parseSwitch,
  parseUnixEndpoint,
  parseVerbosity,
} from "./setting-values.ts";

/** The settings of `kubelith server`: flags, environment, config file and help come from this one table. */
export const serverSettings: Settings<ServerConfig> = {
  dataDir: {
    flag: "data-dir",
    help: "folder for all state",
    parse: parsePath,
    fallback: "/var/lib/kubelith",
  },
  bindAddress: {
    flag: "bind-address",
    help: "address the API listens on",
    parse: parseAddress,
    fallback: "0.0.0.0",
  },
  httpsListenPort: {
    flag: "https-listen-port",
    help: "port the API listens on",
    parse: parsePort,
    fallback: 6443,
  },
  tlsSan: {
    flag: "tls-san",
    help: "further host name or address for the API's certificate",
    parse: parseSubjectName,
    repeatable: true,
    fallback: [],
  },
  clusterCidr: {
    flag: "cluster-cidr",
    help: "network that pods get their addresses from",
    parse: parseIPv4Network,
    fallback: "10.42.0.0/16",
  },
  serviceCidr: {
    flag: "service-cidr",
    help: "network that Services get their addresses from",
    parse: parseIPv4Network,
    fallback: "10.43.0.0/16",
  },
  serviceNodePortRange: {
    flag: "service-node-port-range",
    help: "ports for Services of type NodePort",
    parse: parsePortRange,
    fallback: { first: 30000, last: 32767 },
    fallbackHelp: "30000-32767",
  },
  clusterDns: {
    flag: "cluster-dns",
    help: "Service address of the cluster DNS",
    parse: parseAddress,
    fallback: "10.43.0.10",
  },
  clusterDomain: {
    flag: "cluster-domain",
    help: "domain of the names that the cluster DNS serves",
    parse: parseDnsName,
    fallback: "cluster.local",
  },
  writeKubeconfig: {
    flag: "write-kubeconfig",
    help: "where to write the administrator's kubeconfig",
    parse: parsePath,
    fallback: "/etc/kubelith/kubelith.yaml",
  },
  writeKubeconfigMode: {
    flag: "write-kubeconfig-mode",
    help: "permissions of that file",
    parse: parseMode,
    fallback: 0o600,
    fallbackHelp: "600",
  },
  disableAgent: {
    flag: "disable-agent",
    help: "run no pods on this host",
    parse: parseSwitch,
    isSwitch: true,
    fallback: false,
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
    fallbackHelp: "the host's first address",
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
