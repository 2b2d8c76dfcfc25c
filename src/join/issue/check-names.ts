import { checkDNS1123Subdomain } from "#apimachinery/formats.ts";
import { type CIDR, containsIP, formatIP, parseIP } from "#base/cidr.ts";
import type { JoinRequest } from "../join-protocol.ts";

/** What belongs to the cluster and can be no node's. */
export interface ReservedNames {
  /** Names and addresses of the servers' certificate. */
  readonly ofServers: readonly string[];
  readonly serviceRanges: readonly CIDR[];
}

const LOOPBACK = /^(127\.|::1$)/;

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
    if (LOOPBACK.test(formatIP(address))) return `other hosts cannot reach ${text}`;
  }
  return addresses.length === 0 ? "the node has no address" : undefined;
}
