/** Which addresses users may have the API server connect to (kubernetes `pkg/proxy/util`, `IsProxyableHostname`). */
import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";
import { badRequest } from "#apimachinery/status-error.ts";
import { type BackendAddress, DialError } from "../../backends/dialer.ts";

/**
 * The same with a number for its host. What a name was found to mean is dialed, whatever it means a moment later
 * (CVE-2020-8562). Rejects with BadRequest when it means this host or a neighbour of it, and otherwise with a DialError.
 */
export async function proxyableAddress(address: BackendAddress): Promise<BackendAddress> {
  if (isIP(address.host) !== 0) return address;
  const found = await lookup(address.host, { all: true }).catch((cause: unknown) => {
    throw DialError.of(address, cause);
  });
  const [host = "", ...others] = found.map((each) => each.address);
  for (const each of [host, ...others]) requireProxyable(each);
  return { ...address, host };
}

/** Throws BadRequest for an address that means this host or a neighbour of it. Names, which nodes report, are looked up later. */
export function requireProxyable(host = ""): void {
  if (host === "" || host === "localhost" || (isIP(host) !== 0 && isLocal(host)))
    throw badRequest("address not allowed");
}

const LOCAL_NETWORKS = [
  ["0.0.0.0", 32, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["255.255.255.255", 32, "ipv4"],
  ["::", 128, "ipv6"],
  ["::1", 128, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
] as const;

function isLocal(address: string): boolean {
  const local = new BlockList();
  for (const [network, prefix, family] of LOCAL_NETWORKS) local.addSubnet(network, prefix, family);
  return local.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
