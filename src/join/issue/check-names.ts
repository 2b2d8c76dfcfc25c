import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { type CIDR, containsIP, formatIP, type IPAddress, parseCIDR, parseIP } from "#base/cidr.ts";
import type { JoinRequest } from "../join-protocol.ts";

/** What belongs to the cluster and can be no node's. */
export interface ReservedNames {
  /** Names and addresses of the servers' certificate. */
  readonly ofServers: readonly string[];
  readonly serviceRanges: readonly CIDR[];
}

/**
 * Addresses that no host has for others. Those of IPv4 that are written as IPv6 are among them: Go takes them for the same in
 * a certificate, so that one could pass for the server's.
 */
const UNREACHABLE = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/96",
  "::ffff:0:0/96",
  "fe80::/10",
  "ff00::/8",
];

/** Why the kubelet's server may not have a certificate for these names; undefined when it may. */
export function nameProblem(
  { nodeName, addresses }: Pick<JoinRequest, "nodeName" | "addresses">,
  { ofServers, serviceRanges }: ReservedNames,
): string | undefined {
  if (checkDNS1123Subdomain(nodeName).length > 0) return `"${nodeName}" is no name of a node`;
  if (ofServers.includes(nodeName)) return `the name "${nodeName}" is one of the server's own`;
  for (const text of addresses) {
    const address = parseIP(text);
    if (address === undefined) return `"${text}" is no IP address`;
    const isReserved =
      ofServers.includes(formatIP(address)) || serviceRanges.some((range) => containsIP(range, address));
    if (isReserved) return `the address ${text} is the server's or in the network of Services`;
    if (isUnreachable(address)) return `other hosts cannot reach ${text}`;
  }
  return addresses.length === 0 ? "the node has no address" : undefined;
}

function isUnreachable(address: IPAddress): boolean {
  return UNREACHABLE.flatMap((range) => parseCIDR(range) ?? []).some((range) => containsIP(range, address));
}
