import { never, only, type Refusal } from "../configuration/argument-values.ts";

const NO_IPVS = "there is no proxy mode ipvs";
const OWN_LOG = "what kube-proxy logs is part of the log of the process; see --v";
const OWN_CLIENTS = "the service proxy has no clients of its own";
const BY_RANGE = "what comes from --cluster-cidr is local";

/** Flags of kube-proxy that are not taken, or only with the value that says what is done anyway. */
export const REFUSED_FLAGS: Readonly<Record<string, Refusal>> = {
  "bind-address": never("--node-ip is the address of the node"),
  "bind-address-hard-fail": only("false", "a port that another program has is tried again"),
  cleanup: only("false", "kubelith cleanup removes the rules"),
  "config-sync-period": never("Services are watched"),
  "detect-local-mode": only("ClusterCIDR", BY_RANGE),
  "feature-gates": only("", "features are not chosen one by one"),
  "hostname-override": never("--node-name names the node"),
  "init-only": only("false", "the service proxy is part of the process"),
  "iptables-localhost-nodeports": only("true", "--nodeport-addresses says where node ports answer"),
  "ipvs-exclude-cidrs": never(NO_IPVS),
  "ipvs-min-sync-period": never(NO_IPVS),
  "ipvs-scheduler": never(NO_IPVS),
  "ipvs-strict-arp": only("false", NO_IPVS),
  "ipvs-sync-period": never(NO_IPVS),
  "ipvs-tcp-timeout": never(NO_IPVS),
  "ipvs-tcpfin-timeout": never(NO_IPVS),
  "ipvs-udp-timeout": never(NO_IPVS),
  "kube-api-burst": never(OWN_CLIENTS),
  "kube-api-content-type": never(OWN_CLIENTS),
  "kube-api-qps": never(OWN_CLIENTS),
  kubeconfig: never("--server and --token let a host join"),
  "log-flush-frequency": never(OWN_LOG),
  "log-json-info-buffer-size": never(OWN_LOG),
  "log-json-split-stream": never(OWN_LOG),
  "log-text-info-buffer-size": never(OWN_LOG),
  "log-text-split-stream": never(OWN_LOG),
  "logging-format": only("text", OWN_LOG),
  master: never("--server and --token let a host join"),
  "oom-score-adj": never("the limits of the process are those of its service"),
  "pod-bridge-interface": only("", BY_RANGE),
  "pod-interface-name-prefix": only("", BY_RANGE),
  profiling: only("false", "nothing is profiled"),
  "show-hidden-metrics-for-version": only("", "there are no hidden metrics"),
  v: never("--v is for the process"),
  vmodule: never(OWN_LOG),
  "write-config-to": never("the ConfigMap kube-system/kube-proxy shows the configuration"),
};

/** Fields of a `KubeProxyConfiguration` without a flag, as the flags above. */
export const REFUSED_FIELDS: Readonly<Record<string, Refusal>> = {
  logging: never(OWN_LOG),
  portRange: never("node ports are those of --service-node-port-range"),
  windows: never("nodes run Linux"),
};
