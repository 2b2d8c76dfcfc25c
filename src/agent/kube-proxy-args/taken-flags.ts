import { parseCIDR, parseIP } from "#base/cidr.ts";
import type { ProxyMode } from "../config.ts";
import {
  type ReadValue,
  readBoolean,
  readDuration,
  readInteger,
  readList,
} from "../configuration/argument-values.ts";
import type { KubeProxyArgs } from "./kube-proxy-args.ts";

const AT_LEAST_ZERO = { least: 0, says: "must be greater than or equal to 0" };

const count = readInteger(AT_LEAST_ZERO);
const duration = readDuration(AT_LEAST_ZERO);
const period = readDuration({ least: 1, says: "must be greater than 0" });
const bit = readInteger({ least: 0, most: 31, says: "must be within the range [0, 31]" });
const port = readInteger({ least: 0, most: 65_535, says: "must be a valid port" });

/** By the names of kube-proxy's own flags, with its bounds (`pkg/proxy/apis/config/validation`). */
export const TAKEN_FLAGS: Readonly<Record<string, ReadValue<KubeProxyArgs>>> = {
  "cluster-cidr": (text) => ({ clusterCIDRs: readClusterCIDRs(text) }),
  "conntrack-max-per-core": (text) => ({ maxPerCore: count(text) }),
  "conntrack-min": (text) => ({ min: count(text) }),
  "conntrack-tcp-be-liberal": (text) => ({ tcpBeLiberal: readBoolean(text) }),
  "conntrack-tcp-timeout-close-wait": (text) => ({ tcpCloseWaitTimeoutMs: duration(text) }),
  "conntrack-tcp-timeout-established": (text) => ({ tcpEstablishedTimeoutMs: duration(text) }),
  "conntrack-udp-timeout": (text) => ({ udpTimeoutMs: duration(text) }),
  "conntrack-udp-timeout-stream": (text) => ({ udpStreamTimeoutMs: duration(text) }),
  "healthz-bind-address": (text) => ({ healthzBindAddress: readBindAddress(text) }),
  "healthz-port": (text) => ({ healthzPort: port(text) }),
  "iptables-masquerade-bit": (text) => ({ masqueradeBit: bit(text) }),
  "iptables-min-sync-period": (text) => ({ minSyncPeriodMs: duration(text) }),
  "iptables-sync-period": (text) => ({ syncPeriodMs: period(text) }),
  "masquerade-all": (text) => ({ masqueradesAll: readBoolean(text) }),
  "metrics-bind-address": (text) => ({ metricsBindAddress: readBindAddress(text) }),
  "metrics-port": (text) => ({ metricsPort: port(text) }),
  "nodeport-addresses": (text) => ({ nodePortAddresses: readList(parseNodePortAddresses)(text) }),
  "proxy-mode": (text) => ({ proxyMode: parseProxyMode(text) }),
};

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

function readClusterCIDRs(text: string): readonly string[] {
  const texts = text.split(",");
  const ranges = texts.map((each) => parseCIDR(each));
  const families = new Set(ranges.map((range) => range?.base.family));
  if (ranges.includes(undefined))
    throw new RangeError("must be a valid CIDR block (e.g. 10.100.0.0/16 or fde4:8dba:82e1::/48)");
  if (families.size < texts.length)
    throw new RangeError(
      "must be a either a single CIDR or dual-stack pair of CIDRs (e.g. [10.100.0.0/16, fde4:8dba:82e1::/48]",
    );
  return texts;
}

/** An address of the host, with a port or without; empty for none. */
function readBindAddress(text: string): string {
  if (text === "" || parseIP(text) !== undefined) return text;
  const [, host = "", digits = ""] = /^(.*):(\d+)$/.exec(text) ?? [];
  const address = /^\[(.*)\]$/.exec(host)?.[1] ?? host;
  const isAddress = parseIP(address) !== undefined && (address !== host) === address.includes(":");
  if (!isAddress) throw new RangeError("must be IP:port, such as 127.0.0.1:10249");
  readInteger({ least: 1, most: 65_535, says: "must be a valid port" })(digits);
  return text;
}
