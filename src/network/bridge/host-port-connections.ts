import type { Conntrack } from "../conntrack/conntrack.ts";
import { familyAddress, IPV4, IPV6 } from "../nft/address-family.ts";
import type { Attachment } from "./attachment-store.ts";

/**
 * Forgets UDP connections by a pod's host ports that began before the pod had them, or outlive it: those that go to
 * the pod, and those that went to the host itself. UDP has no end that connection tracking could see: while a client
 * keeps sending, its packets go where the first one went.
 */
export function forgetHostPortConnections(conntrack: Conntrack, { addresses, hostPorts }: Attachment): void {
  const ports = new Set(
    hostPorts.filter(({ protocol }) => protocol === "UDP").map(({ hostPort }) => hostPort),
  );
  if (ports.size === 0) return;
  for (const family of [IPV4, IPV6]) {
    const pod = addresses
      .map((address) => familyAddress(family, address))
      .find((bytes) => bytes !== undefined);
    if (pod === undefined) continue;
    for (const entry of conntrack.entries({ family: family.nft, protocol: "UDP" })) {
      const { original, reply } = entry;
      const isStale = reply.source === pod || reply.source === original.destination;
      if (ports.has(original.destinationPort) && isStale) conntrack.delete(entry);
    }
  }
}
