import type { HostAlias } from "#api/generated/core-v1.ts";

const HEADER = "# Kubernetes-managed hosts file.\n";
const HOST_NETWORK_HEADER = "# Kubernetes-managed hosts file (host network).\n";

/** Names that every pod has for itself and its surroundings. */
const LOCAL_ENTRIES = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::0\tip6-localnet",
  "fe00::0\tip6-mcastprefix",
  "fe00::1\tip6-allnodes",
  "fe00::2\tip6-allrouters",
];

export interface HostsFileFacts {
  readonly podIPs: readonly string[];
  readonly hostname: string;
  /** `subdomain.namespace.svc.cluster.local`, or empty. */
  readonly domain: string;
  readonly aliases: readonly HostAlias[];
}

/** `/etc/hosts` of a pod with a network of its own (`kubelet_pods.go` managedHostsFileContent). */
export function hostsFile({ podIPs, hostname, domain, aliases }: HostsFileFacts): string {
  const names = domain === "" ? hostname : `${hostname}.${domain}\t${hostname}`;
  const lines = [...LOCAL_ENTRIES, ...podIPs.map((ip) => `${ip}\t${names}`)];
  return `${HEADER}${lines.join("\n")}\n${aliasEntries(aliases)}`;
}

/** `/etc/hosts` of a pod on the host's network: that of the host. */
export function hostNetworkHostsFile(hostFile: string, aliases: readonly HostAlias[]): string {
  return `${HOST_NETWORK_HEADER}${hostFile}${aliasEntries(aliases)}`;
}

function aliasEntries(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return "";
  const lines = aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join("\t")}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join("")}`;
}
