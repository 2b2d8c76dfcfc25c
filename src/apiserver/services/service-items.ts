/** What a Service has from the cluster's ranges, as the keys of the ledger. */
import type { Service } from "#api/generated/core-v1.ts";
import { formatIP, parseIP } from "#base/cidr.ts";
import { nodePortsOf } from "./normalize-service.ts";

/** One text for all spellings of an address. */
export function addressItem(address: string): string {
  const parsed = parseIP(address);
  return parsed === undefined ? address : formatIP(parsed);
}

/** No address begins with it. */
const PORT_PREFIX = "port ";

export function portItem(port: number): string {
  return PORT_PREFIX + String(port);
}

export function isPortItem(item: string): boolean {
  return item.startsWith(PORT_PREFIX);
}

export function itemsOf(service: Service): readonly string[] {
  const { ports = [], healthCheckNodePort = 0 } = service.spec;
  const nodePorts = [...nodePortsOf(ports), ...(healthCheckNodePort === 0 ? [] : [healthCheckNodePort])];
  return [...new Set([...addressesOf(service), ...nodePorts.map(portItem)])];
}

/** The cluster IPs of a Service in the spelling of the ledger, which is that of IPAddress names. */
export function addressesOf({ spec: { clusterIPs = [] } }: Service): readonly string[] {
  return clusterIPs.filter((address) => address !== "" && address !== "None").map(addressItem);
}
