/** What a Service has from the cluster's ranges, as the keys of the ledger. */
import type { Service } from "#api/generated/core-v1.ts";
import { formatIP, parseIP } from "#base/cidr.ts";
import { nodePortsOf } from "./normalize-service.ts";

/** One text for all spellings of an address. */
export function addressItem(address: string): string {
  const parsed = parseIP(address);
  return parsed === undefined ? address : formatIP(parsed);
}

export function portItem(port: number): string {
  return `port ${String(port)}`;
}

export function itemsOf({ spec }: Service): readonly string[] {
  const { clusterIPs = [], ports = [], healthCheckNodePort = 0 } = spec;
  const addresses = clusterIPs.filter((address) => address !== "" && address !== "None").map(addressItem);
  const nodePorts = [...nodePortsOf(ports), ...(healthCheckNodePort === 0 ? [] : [healthCheckNodePort])];
  return [...new Set([...addresses, ...nodePorts.map(portItem)])];
}
