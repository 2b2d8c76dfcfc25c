import type { EndpointAddress, EndpointPort, EndpointSubset } from "#api/generated/core-v1.ts";

/** One address that serves one port, or none. */
export interface PortAddress {
  readonly address: EndpointAddress;
  readonly port: EndpointPort | undefined;
  readonly isReady: boolean;
}

/** More addresses than this do not fit an Endpoints object (upstream `maxCapacity`). */
export const MAX_ADDRESSES = 1000;

/**
 * The shortest list of subsets that says the same: ports that the same addresses serve are together (upstream
 * `RepackSubsets`). An address that is ready and not ready for one port is not. Everything is sorted.
 */
export function packSubsets(all: readonly PortAddress[]): readonly EndpointSubset[] {
  const byPort = new Map<string, { port: EndpointPort | undefined; addresses: Map<string, PortAddress> }>();
  for (const each of all) {
    const key = portText(each.port);
    const group = byPort.get(key) ?? { port: each.port, addresses: new Map<string, PortAddress>() };
    byPort.set(key, group);
    const present = group.addresses.get(addressText(each.address));
    if (present === undefined || present.isReady) group.addresses.set(addressText(each.address), each);
  }
  const byAddresses = new Map<string, { ports: EndpointPort[]; addresses: readonly PortAddress[] }>();
  for (const { port, addresses } of byPort.values()) {
    const sorted = [...addresses.values()].toSorted((a, b) =>
      compareTexts(addressText(a.address), addressText(b.address)),
    );
    const key = JSON.stringify(sorted.map(({ address, isReady }) => [addressText(address), isReady]));
    const group = byAddresses.get(key) ?? { ports: [], addresses: sorted };
    byAddresses.set(key, group);
    if (port !== undefined) group.ports.push(port);
  }
  return [...byAddresses.values()]
    .map(toSubset)
    .toSorted((a, b) => compareTexts(JSON.stringify(a), JSON.stringify(b)));
}

/** What subsets say, one address and port at a time: the inverse of `packSubsets`. */
export function unpackSubsets(subsets: readonly EndpointSubset[]): readonly PortAddress[] {
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
    (ports.length === 0 ? [undefined] : ports).flatMap((port) => [
      ...addresses.map((address) => ({ address, port, isReady: true })),
      ...notReadyAddresses.map((address) => ({ address, port, isReady: false })),
    ]),
  );
}

/** The subsets with no more addresses than fit, ready ones first and taken from every subset by its size. */
export function truncateSubsets(subsets: readonly EndpointSubset[]): readonly EndpointSubset[] {
  const ready = subsets.reduce((sum, { addresses = [] }) => sum + addresses.length, 0);
  const notReady = subsets.reduce((sum, { notReadyAddresses = [] }) => sum + notReadyAddresses.length, 0);
  if (ready + notReady <= MAX_ADDRESSES) return subsets;
  const field = ready > MAX_ADDRESSES ? "addresses" : "notReadyAddresses";
  const room = field === "addresses" ? MAX_ADDRESSES : MAX_ADDRESSES - ready;
  let left = room;
  return subsets.map(({ notReadyAddresses = [], ...subset }) => {
    const present = field === "addresses" ? (subset.addresses ?? []) : notReadyAddresses;
    const share = Math.ceil((present.length / (field === "addresses" ? ready : notReady)) * room);
    const kept = present.slice(0, Math.min(share, left));
    left -= kept.length;
    return field === "addresses"
      ? withoutEmpty({ ...subset, addresses: kept })
      : withoutEmpty({ ...subset, notReadyAddresses: kept });
  });
}

function toSubset({
  ports,
  addresses,
}: {
  ports: EndpointPort[];
  addresses: readonly PortAddress[];
}): EndpointSubset {
  return withoutEmpty({
    addresses: addresses.filter(({ isReady }) => isReady).map(({ address }) => address),
    notReadyAddresses: addresses.filter(({ isReady }) => !isReady).map(({ address }) => address),
    ports: ports.toSorted((a, b) => compareTexts(portText(a), portText(b))),
  });
}

function withoutEmpty({
  addresses = [],
  notReadyAddresses = [],
  ports = [],
}: EndpointSubset): EndpointSubset {
  return {
    ...(addresses.length > 0 && { addresses }),
    ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
    ...(ports.length > 0 && { ports }),
  };
}

/** Two pods can have one address, on the network of their host. */
function addressText({ ip, targetRef }: EndpointAddress): string {
  return `${ip} ${targetRef?.uid ?? ""}`;
}

function portText(port: EndpointPort | undefined): string {
  if (port === undefined) return "";
  const { name = "", port: number, protocol = "TCP", appProtocol = "" } = port;
  return JSON.stringify([name, number, protocol, appProtocol]);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
