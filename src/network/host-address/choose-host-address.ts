import { parseIP } from "#base/cidr.ts";
import type { LinkAddress } from "../netlink/route/address.ts";
import { isLinkLocal, withoutLength } from "../netlink/route/ip-address.ts";
import type { Link } from "../netlink/route/link.ts";
import { isDefaultRoute, type Route } from "../netlink/route/route.ts";

/** What a host has of links, addresses and routes. */
export interface HostView {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  readonly routes: readonly Route[];
}

export interface HostAddressChoice {
  /** What the host was known by so far. It is kept as long as it is as good as others, and what follows it has its family. */
  readonly current?: string | undefined;
  /** Name of the link to other hosts; without it the one of the default route. */
  readonly interfaceName?: string | undefined;
}

/** Bridges and tunnels that container engines and pod networks make: they lead to no other host. */
const INNER_NAMES = /^(kubelith|docker|br-[0-9a-f]{12}$|cni|flannel|cali|virbr|podman|nerdctl)/;

/**
 * The address that other hosts most likely reach this one at: one of the link by which it reaches the world
 * (`ChooseHostInterface` of upstream), or of any link as long as there is no such way. Undefined without any.
 */
export function chooseHostAddress(view: HostView, choice: HostAddressChoice): string | undefined {
  const { current, interfaceName } = choice;
  const usable = usableAddresses(view, interfaceName).filter(
    ({ address }) => current === undefined || familyOf(address) === familyOf(current),
  );
  const ways = view.routes
    .filter((route) => isDefaultRoute(route))
    .toSorted((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
  const preferred = ways
    .map((way) => usable.filter(({ link, address }) => link === way.link && isOfFamily(way, address)))
    .find((addresses) => addresses.length > 0);
  const candidates = (preferred ?? usable).map(({ address }) => address);
  if (current !== undefined && candidates.includes(current)) return current;
  const sources = ways.map(({ source }) => source);
  return candidates.find((address) => sources.includes(address)) ?? candidates[0];
}

function usableAddresses({ links, addresses }: HostView, interfaceName: string | undefined): LinkAddress[] {
  const isUsable = ({ up, loopback, name }: Link): boolean =>
    interfaceName === undefined ? up && !loopback && !INNER_NAMES.test(name) : name === interfaceName;
  const usable = new Set(links.filter(isUsable).map(({ index }) => index));
  return addresses
    .filter(({ link, address }) => usable.has(link) && !isLinkLocal(address))
    .map(({ link, address }) => ({ link, address: withoutLength(address) }))
    .toSorted((a, b) => familyOf(a.address) - familyOf(b.address));
}

function familyOf(address: string): number {
  return parseIP(address)?.family ?? 0;
}

function isOfFamily({ destination }: Route, address: string): boolean {
  return destination.includes(":") === address.includes(":");
}
