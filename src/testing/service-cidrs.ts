import type { IPAddress, ServiceCIDR } from "#api/generated/networking-v1.ts";
import type { ObjectMeta } from "#apimachinery/generated/meta-v1.ts";

type Changes<T> = Partial<Omit<T, "metadata">> & { readonly metadata?: Partial<ObjectMeta> };

/** A ServiceCIDR with these networks. */
export function aServiceCIDR(
  name: string,
  cidrs: readonly string[],
  { metadata, ...rest }: Changes<ServiceCIDR> = {},
): ServiceCIDR {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name, uid: `uid-${name}`, ...metadata },
    spec: { cidrs },
    ...rest,
  };
}

/** The address that the API server has given to the Service of this name in `default`. */
export function anIPAddress(
  address: string,
  service: string,
  { metadata, ...rest }: Changes<IPAddress> = {},
): IPAddress {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IPAddress",
    metadata: {
      name: address,
      uid: `uid-${address}`,
      labels: {
        "ipaddress.kubernetes.io/ip-family": address.includes(":") ? "IPv6" : "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
      },
      ...metadata,
    },
    spec: { parentRef: { group: "", resource: "services", namespace: "default", name: service } },
    ...rest,
  };
}
