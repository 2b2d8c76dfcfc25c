import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";

/** Read access to what the names of a cluster are made of. */
export interface ZoneView {
  /** Without a dot at the end, lower case: `cluster.local`. */
  readonly domain: string;
  /** Networks whose addresses are looked up here and nowhere else. */
  readonly networks: readonly CIDR[];
  /** Whether everything has been listed once; before that nobody can say that a name does not exist. */
  readonly isSynced: boolean;
  /** Grows with every change (RFC 1035 3.3.13). */
  readonly serial: number;
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  serviceByAddress(address: string): Service | undefined;
  slicesByAddress(address: string): readonly EndpointSlice[];
}

/** The Service that pods reach the cluster DNS through; the name is the one everybody knows from kube-dns. */
export const DNS_SERVICE = { namespace: "kube-system", name: "kube-dns" } as const;

export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** The networks whose reverse names belong to the cluster. Throws a RangeError for what is not a network. */
export function zoneNetworks(cidrs: readonly string[]): readonly CIDR[] {
  return cidrs.map((text) => {
    const cidr = parseCIDR(text);
    if (cidr === undefined) throw new RangeError(`Not a network: "${text}"`);
    return cidr;
  });
}
