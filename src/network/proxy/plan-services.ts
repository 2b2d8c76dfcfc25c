import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { objectKey } from "#apimachinery/meta.ts";
import { TableLedger } from "../nft/ledger.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { createSharedChains } from "./endpoint-chains.ts";
import { basePart, proxyTable } from "./layout.ts";
import { planService } from "./plan-service.ts";
import type { ProxyNode } from "./proxy-node.ts";

/** The label by which an EndpointSlice names its Service. */
const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/** The part of the table that belongs to no Service. */
export const BASE_OWNER = "";

/** The whole ruleset at once: what the incremental way must come to. */
export function planServices(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): Ruleset {
  const ledger = new TableLedger(proxyTable(node.family));
  const chains = createSharedChains(node);
  const slicesOf = Map.groupBy(slices, (slice) => serviceKeyOf(slice) ?? "");
  ledger.set(BASE_OWNER, basePart(node));
  for (const service of services) {
    const key = objectKey(service.metadata);
    ledger.set(key, planService(service, slicesOf.get(key) ?? [], { node, chains }), rankOf(service));
  }
  return ledger.ruleset();
}

/** The key of the Service that the slice belongs to; undefined for a slice that names none. */
export function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME_LABEL];
  return name === undefined || name === "" ? undefined : objectKey({ ...metadata, name });
}

/** Of two Services that claim one frontend the older one gets it: nobody takes an external IP from a running Service. */
export function rankOf({ metadata }: Service): string {
  return String(metadata.creationTimestamp ?? "");
}
