import { describe, expect, test } from "bun:test";
import { CONNTRACK_LIMITS } from "#network/proxy/conntrack-limits.ts";
import { settingsOf } from "../configuration/component-configuration.ts";
import { KUBE_PROXY_CONFIGURATION } from "./kube-proxy-configuration.ts";
import { parseKubeProxyArg, proxySettingsOf } from "./parse-kube-proxy-arg.ts";
import { REFUSED_FLAGS } from "./refused-flags.ts";
import { TAKEN_FLAGS } from "./taken-flags.ts";

/** `cmd/kube-proxy/app/options.go`, with those of logging. */
const KUBE_PROXY_FLAGS: readonly string[] = [
  "bind-address",
  "bind-address-hard-fail",
  "cleanup",
  "cluster-cidr",
  "config",
  "config-sync-period",
  "conntrack-max-per-core",
  "conntrack-min",
  "conntrack-tcp-be-liberal",
  "conntrack-tcp-timeout-close-wait",
  "conntrack-tcp-timeout-established",
  "conntrack-udp-timeout",
  "conntrack-udp-timeout-stream",
  "detect-local-mode",
  "feature-gates",
  "healthz-bind-address",
  "healthz-port",
  "hostname-override",
  "init-only",
  "iptables-localhost-nodeports",
  "iptables-masquerade-bit",
  "iptables-min-sync-period",
  "iptables-sync-period",
  "ipvs-exclude-cidrs",
  "ipvs-min-sync-period",
  "ipvs-scheduler",
  "ipvs-strict-arp",
  "ipvs-sync-period",
  "ipvs-tcp-timeout",
  "ipvs-tcpfin-timeout",
  "ipvs-udp-timeout",
  "kube-api-burst",
  "kube-api-content-type",
  "kube-api-qps",
  "kubeconfig",
  "log-flush-frequency",
  "log-json-info-buffer-size",
  "log-json-split-stream",
  "log-text-info-buffer-size",
  "log-text-split-stream",
  "logging-format",
  "masquerade-all",
  "master",
  "metrics-bind-address",
  "metrics-port",
  "nodeport-addresses",
  "oom-score-adj",
  "pod-bridge-interface",
  "pod-interface-name-prefix",
  "profiling",
  "proxy-mode",
  "show-hidden-metrics-for-version",
  "v",
  "vmodule",
  "write-config-to",
];

const OWN = { proxyMode: "nftables", nodePortAddresses: ["primary"], clusterCidr: "10.42.0.0/16" } as const;

const DEFAULTS: ReturnType<typeof proxySettingsOf> = {
  proxyMode: "nftables",
  nodePortAddresses: ["primary"],
  clusterCIDRs: ["10.42.0.0/16"],
  masqueradesAll: false,
  masqueradeBit: 14,
  health: { address: "0.0.0.0", port: 10_256 },
  metrics: { address: "127.0.0.1", port: 10_249 },
  syncPeriodMs: undefined,
  minSyncPeriodMs: undefined,
  conntrack: CONNTRACK_LIMITS,
};

describe("parseKubeProxyArg", () => {
  test("knows each flag of kube-proxy, and no other", () => {
    const known = [...Object.keys(TAKEN_FLAGS), ...Object.keys(REFUSED_FLAGS), "config"];
    expect(known.toSorted()).toEqual(KUBE_PROXY_FLAGS.toSorted());
  });

  test("knows what to do with each field", () => {
    const { fields, settings, refusals } = KUBE_PROXY_CONFIGURATION;
    const names = { ...settings, ...refusals };
    expect(Object.values(fields).filter(([, setting]) => !Object.hasOwn(names, setting))).toEqual([]);
  });

  test.each([
    { name: "nothing", args: [], settings: {} },
    {
      name: "each flag",
      args: [
        "proxy-mode=iptables",
        "nodeport-addresses=10.0.0.0/8,127.0.0.0/8",
        "masquerade-all=true",
        "iptables-masquerade-bit=15",
        "iptables-sync-period=1m",
        "iptables-min-sync-period=5s",
        "cluster-cidr=10.0.0.0/8,fd00::/8",
        "conntrack-max-per-core=0",
        "conntrack-tcp-timeout-established=1h",
        "conntrack-tcp-be-liberal=true",
        "healthz-bind-address=192.0.2.1",
        "metrics-bind-address=[::1]:9999",
      ],
      settings: {
        proxyMode: "iptables",
        nodePortAddresses: ["10.0.0.0/8", "127.0.0.0/8"],
        masqueradesAll: true,
        masqueradeBit: 15,
        syncPeriodMs: 60_000,
        minSyncPeriodMs: 5000,
        clusterCIDRs: ["10.0.0.0/8", "fd00::/8"],
        health: { address: "192.0.2.1", port: 10_256 },
        metrics: { address: "::1", port: 9999 },
        conntrack: {
          ...CONNTRACK_LIMITS,
          maxPerCore: 0,
          tcpEstablishedTimeoutMs: 3_600_000,
          tcpBeLiberal: true,
        },
      },
    },
    {
      name: "dashes, and a flag that is given twice",
      args: ["--proxy-mode=iptables", "--proxy-mode=nftables"],
      settings: {},
    },
    {
      name: "what shuts both ports",
      args: ["healthz-port=0", "metrics-bind-address="],
      settings: { health: undefined, metrics: undefined },
    },
    { name: "another port", args: ["healthz-port=7"], settings: { health: { address: "0.0.0.0", port: 7 } } },
  ])("changes the settings by $name", ({ args, settings }) => {
    const kubeProxyArgs = args.map(parseKubeProxyArg);
    expect(proxySettingsOf({ ...OWN, kubeProxyArgs })).toEqual({
      ...DEFAULTS,
      ...settings,
    } as typeof DEFAULTS);
  });

  test("lets a file go before flags, as kube-proxy does", () => {
    const configuration = {
      bindAddress: "",
      conntrack: { maxPerCore: null, min: 5 },
      iptables: { masqueradeBit: null, syncPeriod: "0s" },
      mode: "iptables",
      nftables: { masqueradeAll: true },
    };
    const kubeProxyArgs = [{ configuration }, parseKubeProxyArg("metrics-port=0")];
    expect(proxySettingsOf({ ...OWN, kubeProxyArgs })).toEqual({
      ...DEFAULTS,
      proxyMode: "iptables",
      masqueradesAll: true,
      conntrack: { ...CONNTRACK_LIMITS, min: 5 },
    });
  });

  test("refuses a file with what it does not know", () => {
    expect(() => settingsOf(KUBE_PROXY_CONFIGURATION, [{ conntrack: { max: 1 } }])).toThrow(
      'strict decoding error: unknown field "conntrack.max"',
    );
    expect(() => settingsOf(KUBE_PROXY_CONFIGURATION, [{ mode: "ipvs" }])).toThrow(
      "mode must be nftables or iptables",
    );
  });

  test.each([
    {
      text: "no-such=1",
      says: "must be a flag of kube-proxy, such as masquerade-all=true: unknown flag --no-such",
    },
    { text: "masquerade-all", says: "with = and its value" },
    { text: "masquerade-all=yes", says: "must be true or false" },
    { text: "proxy-mode=ipvs", says: "must be nftables or iptables" },
    { text: "ipvs-scheduler=rr", says: "must not be given: there is no proxy mode ipvs" },
    { text: "nodeport-addresses=here", says: "must be a network" },
    { text: "nodeport-addresses=10.0.0.0/8=x", says: "must be a network" },
    { text: "detect-local-mode=NodeCIDR", says: "must be ClusterCIDR: " },
    { text: "cluster-cidr=10.0.0.0/8,10.1.0.0/16", says: "dual-stack pair of CIDRs" },
    { text: "cluster-cidr=pods", says: "must be a valid CIDR block" },
    { text: "iptables-masquerade-bit=32", says: "must be within the range [0, 31]" },
    { text: "iptables-sync-period=0s", says: "must be greater than 0" },
    { text: "conntrack-min=-1", says: "must be greater than or equal to 0" },
    { text: "healthz-bind-address=localhost:1", says: "must be IP:port" },
    { text: "healthz-bind-address=127.0.0.1:0", says: "must be a valid port" },
    { text: "metrics-bind-address=::1:1:x", says: "must be IP:port" },
    { text: "constructor=1", says: "unknown flag --constructor" },
  ])("refuses $text", ({ text, says }) => {
    expect(() => parseKubeProxyArg(text)).toThrow(says);
  });
});
