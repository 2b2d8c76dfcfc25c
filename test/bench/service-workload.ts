import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { systemClock } from "#base/clock.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { IPV4 } from "#network/nft/address-family.ts";
import { iptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { nftRules } from "#network/proxy/nft-rules.ts";
import type { ProxyNode } from "#network/proxy/proxy-node.ts";
import { silentLogger } from "#observability/logger.ts";
import { anEndpointSlice, aService } from "#testing/service-objects.ts";
import { iptablesIn, type TestNamespace } from "../e2e/network-lab.ts";

export type ProxyMode = "nftables" | "iptables";

export interface ServiceWithSlice {
  readonly service: Service;
  readonly slice: EndpointSlice;
}

export const ENDPOINTS_PER_SERVICE = 3;

/** The Service of this number, below 65,536, with endpoints that nobody has. */
export function serviceNumber(index: number, endpointCount = ENDPOINTS_PER_SERVICE): ServiceWithSlice {
  const name = `s${String(index)}`;
  const place = `${String(index >> 8)}.${String(index & 255)}`;
  const endpoints = Array.from(
    { length: endpointCount },
    (_, endpoint) => `10.${String(50 + endpoint)}.${place}`,
  );
  // Each is younger than the one before, as Services are.
  const creationTimestamp = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
  const service = aService(name, `10.43.${place}`, { creationTimestamp });
  return { service, slice: anEndpointSlice(name, endpoints) };
}

/** The packet rules of Services in a namespace, as the service proxy of the product keeps them. */
export class ServiceRules implements Disposable {
  readonly #stack = new DisposableStack();
  readonly #rules: ReturnType<ReturnType<typeof nftRules>>;

  constructor(namespace: TestNamespace, mode: ProxyMode = "nftables") {
    const dependencies = { clock: systemClock, logger: silentLogger };
    const rules =
      mode === "nftables"
        ? nftRules({ ...dependencies, nft: this.#stack.use(new KernelNft({ namespace: namespace.path })) })
        : iptablesRules({ ...dependencies, iptables: (family) => iptablesIn(namespace, family) });
    this.#rules = this.#stack.use(rules(NODE));
  }

  /** Writes these Services in addition to those that were written before. */
  async write(services: readonly ServiceWithSlice[]): Promise<void> {
    for (const { service, slice } of services) this.#rules.set(service.metadata.name, service, [slice]);
    await this.#rules.commit();
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

const NODE: ProxyNode = {
  name: "n1",
  family: IPV4,
  clusterCIDRs: ["10.42.0.0/16"],
  serviceCIDRs: ["10.43.0.0/16"],
};
