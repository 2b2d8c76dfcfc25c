import { withoutLength } from "../netlink/route/ip-address.ts";
import { RouteSocket } from "../netlink/route/route-socket.ts";
import { INTERFACE_NAME } from "./sandbox-attachment.ts";

/** Whether the link of a pod in this network namespace is up and has all of these addresses. */
export function hasAddresses(networkNamespace: string, ips: readonly string[]): boolean {
  try {
    using inside = new RouteSocket({ namespace: networkNamespace });
    const link = inside.link(INTERFACE_NAME);
    if (link?.up !== true) return false;
    const present = inside.addresses().filter((each) => each.link === link.index);
    return ips.every((ip) => present.some(({ address }) => withoutLength(address) === ip));
  } catch {
    // There is no such namespace any more.
    return false;
  }
}
