import type { Pod, PodDNSConfigOption } from "#api/generated/core-v1.ts";
import type { ResolvConf } from "#network/dns/resolv-conf.ts";
import type { EventFacts } from "#reconcile/action.ts";

/** What resolvers accept (`pkg/apis/core/validation`). */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;
const MAX_SEARCH_LENGTH = 253;

export interface DnsOptions {
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** What the host's `/etc/resolv.conf` says. */
  readonly host: ResolvConf;
}

export interface PodDns {
  readonly config: ResolvConf;
  /** What had to be left out. */
  readonly events: readonly EventFacts[];
}

/** How a pod resolves names (`pkg/kubelet/network/dns`). */
export function podDns(pod: Pod, options: DnsOptions): PodDns {
  const { dnsConfig } = pod.spec;
  const base = baseConfig(pod, options);
  const wanted: ResolvConf = {
    nameservers: unique([...base.nameservers, ...(dnsConfig?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(dnsConfig?.searches ?? [])]),
    options: mergeOptions(base.options, dnsConfig?.options ?? []),
  };
  const nameservers = wanted.nameservers.slice(0, MAX_NAMESERVERS);
  const searches = fittingSearches(wanted.searches);
  return {
    config: { nameservers, searches, options: wanted.options },
    events: [
      ...(nameservers.length < wanted.nameservers.length ? [omitted("Nameserver", nameservers)] : []),
      ...(searches.length < wanted.searches.length ? [omitted("Search Line", searches)] : []),
    ],
  };
}

/** `/etc/resolv.conf`, in the order in which container runtimes write it. */
export function formatResolvConf({ nameservers, searches, options }: ResolvConf): string {
  return [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}\n`] : []),
    ...nameservers.map((server) => `nameserver ${server}\n`),
    ...(options.length > 0 ? [`options ${options.join(" ")}\n`] : []),
  ].join("");
}

function baseConfig(pod: Pod, { clusterDNS, clusterDomain, host }: DnsOptions): ResolvConf {
  const { dnsPolicy = "ClusterFirst", hostNetwork = false } = pod.spec;
  if (dnsPolicy === "None") return { nameservers: [], searches: [], options: [] };
  const isCluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  const hostSearches = host.searches.filter((each) => each !== ".").map((each) => each.replace(/\.$/, ""));
  if (!isCluster || clusterDNS.length === 0) return { ...host, searches: hostSearches };
  const { namespace = "" } = pod.metadata;
  const ownSearches = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return {
    nameservers: clusterDNS,
    searches: unique([...(clusterDomain === "" ? [] : ownSearches), ...hostSearches]),
    options: ["ndots:5"],
  };
}

/** Of options with the same name the pod's wins. */
function mergeOptions(base: readonly string[], own: readonly PodDNSConfigOption[]): readonly string[] {
  const merged = new Map(base.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name = "", value } of own) {
    merged.set(name, value === undefined || value === "" ? name : `${name}:${value}`);
  }
  return [...merged.values()];
}

function fittingSearches(searches: readonly string[]): readonly string[] {
  const fitting = searches.slice(0, MAX_SEARCHES).filter(({ length }) => length <= MAX_SEARCH_LENGTH);
  while (fitting.join(" ").length > MAX_SEARCH_CHARACTERS) fitting.pop();
  return fitting;
}

function omitted(what: "Nameserver" | "Search Line", applied: readonly string[]): EventFacts {
  const [things, line] =
    what === "Nameserver" ? ["nameservers", "nameserver line"] : ["search paths", "search line"];
  return {
    type: "Warning",
    reason: "DNSConfigForming",
    message: `${what} limits were exceeded, some ${things} have been omitted, the applied ${line} is: ${applied.join(" ")}`,
  };
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
