import type { Node } from "#api/generated/core-v1.ts";

export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

/** Nodes name the addresses that they know; inside a cluster the internal one is sure to be reachable. */
const PREFERRED_TYPES = ["InternalIP", "ExternalIP", "InternalDNS", "ExternalDNS", "Hostname"];

const DEFAULT_PORT = 10250;

/** Where a node's kubelet listens, by what the node has reported; undefined for one that has not yet. */
export function kubeletAddress({ status }: Node): KubeletAddress | undefined {
  const addresses = status?.addresses ?? [];
  const [preferred] = PREFERRED_TYPES.flatMap((type) => addresses.filter((address) => address.type === type));
  if (preferred === undefined) return undefined;
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return { host: preferred.address, port: port > 0 ? port : DEFAULT_PORT };
}
