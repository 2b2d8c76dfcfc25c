import { isRefused } from "../netlink-error.ts";
import { NETLINK_ROUTE } from "../protocol.ts";
import { NetlinkSocket } from "../socket.ts";
import { deleteAddress, getAddresses, type LinkAddress, newAddress, parseLinkAddress } from "./address.ts";
import {
  deleteLink,
  getLink,
  getLinks,
  type Link,
  type LinkChange,
  type NewVeth,
  newBridge,
  newIfb,
  newVeth,
  newVxlan,
  parseLink,
  setHairpin,
  setLink,
  type Vxlan,
} from "./link.ts";
import {
  deleteForwardingEntry,
  deleteNeighbour,
  type ForwardingEntry,
  getForwardingEntries,
  getNeighbours,
  type Neighbour,
  newForwardingEntry,
  newNeighbour,
  parseForwardingEntry,
  parseNeighbour,
} from "./neighbour.ts";
import { addRoute, deleteRoute, getRoutes, newRoute, parseRoute, type Route } from "./route.ts";
import {
  deleteIngress,
  deleteTokenBucket,
  newIngress,
  redirectIngress,
  setTokenBucket,
  type TokenBucket,
} from "./traffic-control.ts";

/**
 * Links, addresses, routes and neighbours of one network namespace. Every method throws a NetlinkError when the
 * kernel refuses; deleting what is not there succeeds.
 */
export class RouteSocket implements Disposable {
  readonly #socket: NetlinkSocket;

  /** `namespace` is the path of a network namespace; the own one by default. */
  constructor({ namespace }: { readonly namespace?: string | undefined } = {}) {
    this.#socket = NetlinkSocket.open({ protocol: NETLINK_ROUTE, namespace });
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  links(): readonly Link[] {
    return this.#socket.dump(getLinks, "list links").map(parseLink);
  }

  link(name: string): Link | undefined {
    try {
      return this.#socket.request(getLink(name), `look up link "${name}"`).map(parseLink)[0];
    } catch (error) {
      if (isRefused(error, "ENODEV")) return undefined;
      throw error;
    }
  }

  createBridge(name: string, change: LinkChange = {}): void {
    this.#socket.request(newBridge(name, change), `create bridge "${name}"`);
  }

  createIfb(name: string, change: LinkChange = {}): void {
    this.#socket.request(newIfb(name, change), `create link "${name}"`);
  }

  createVeth(veth: NewVeth): void {
    this.#socket.request(newVeth(veth), `create link "${veth.name}"`);
  }

  createVxlan(name: string, vxlan: Vxlan, change: LinkChange = {}): void {
    this.#socket.request(newVxlan(name, vxlan, change), `create link "${name}"`);
  }

  changeLink(index: number, change: LinkChange): void {
    this.#socket.request(setLink(index, change), `change link ${String(index)}`);
  }

  setHairpin(index: number, hairpin: boolean): void {
    this.#socket.request(setHairpin(index, hairpin), `change the bridge port of link ${String(index)}`);
  }

  deleteLink(index: number): void {
    ignoring(["ENODEV"], () => this.#socket.request(deleteLink(index), `delete link ${String(index)}`));
  }

  /** Limits what a link sends; undefined takes the limit away. */
  setTokenBucket(link: number, bucket: TokenBucket | undefined): void {
    const purpose = `limit what link ${String(link)} sends`;
    if (bucket !== undefined) this.#socket.request(setTokenBucket(link, bucket), purpose);
    else ignoring(["ENOENT", "EINVAL"], () => this.#socket.request(deleteTokenBucket(link), purpose));
  }

  /** Sends what a link receives through another one first; undefined lets it be received as it is. */
  redirectIngress(link: number, to: number | undefined): void {
    const purpose = `redirect what link ${String(link)} receives`;
    ignoring(["ENOENT", "EINVAL"], () => this.#socket.request(deleteIngress(link), purpose));
    if (to === undefined) return;
    this.#socket.request(newIngress(link), purpose);
    this.#socket.request(redirectIngress(link, to), purpose);
  }

  addresses(): readonly LinkAddress[] {
    return this.#socket.dump(getAddresses, "list addresses").map(parseLinkAddress);
  }

  addAddress(address: LinkAddress): void {
    this.#socket.request(newAddress(address), `add address "${address.address}"`);
  }

  deleteAddress(address: LinkAddress): void {
    ignoring(["EADDRNOTAVAIL", "ENODEV"], () =>
      this.#socket.request(deleteAddress(address), `delete address "${address.address}"`),
    );
  }

  /** The routes of the main table. */
  routes(): readonly Route[] {
    return this.#socket.dump(getRoutes, "list routes").map(parseRoute).filter(isDefined);
  }

  /** Unlike `setRoute` it is refused with `EEXIST` where somebody has made a route to the same destination. */
  addRoute(route: Route): void {
    this.#socket.request(addRoute(route), `add the route to "${route.destination}"`);
  }

  setRoute(route: Route): void {
    this.#socket.request(newRoute(route), `set the route to "${route.destination}"`);
  }

  deleteRoute(route: Route): void {
    ignoring(["ESRCH", "ENODEV"], () =>
      this.#socket.request(deleteRoute(route), `delete the route to "${route.destination}"`),
    );
  }

  neighbours(): readonly Neighbour[] {
    return this.#socket.dump(getNeighbours, "list neighbours").map(parseNeighbour).filter(isDefined);
  }

  setNeighbour(neighbour: Neighbour): void {
    this.#socket.request(newNeighbour(neighbour), `set neighbour "${neighbour.address}"`);
  }

  deleteNeighbour(neighbour: Neighbour): void {
    ignoring(["ENOENT", "ENODEV"], () =>
      this.#socket.request(deleteNeighbour(neighbour), `delete neighbour "${neighbour.address}"`),
    );
  }

  forwardingEntries(): readonly ForwardingEntry[] {
    return this.#socket
      .dump(getForwardingEntries, "list forwarding entries")
      .map(parseForwardingEntry)
      .filter(isDefined);
  }

  setForwardingEntry(entry: ForwardingEntry): void {
    this.#socket.request(newForwardingEntry(entry), `set forwarding entry "${entry.linkAddress}"`);
  }

  deleteForwardingEntry(entry: ForwardingEntry): void {
    ignoring(["ENOENT", "ENODEV"], () =>
      this.#socket.request(deleteForwardingEntry(entry), `delete forwarding entry "${entry.linkAddress}"`),
    );
  }
}

function ignoring(errnos: readonly string[], action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!isRefused(error, ...errnos)) throw error;
  }
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
