import { containsIP, formatCIDR, parseIP } from "#base/cidr.ts";
import type { Counter, Metrics } from "#observability/metrics.ts";
import type { ServiceIPRange } from "./ip-range.ts";
import type { NodePortRange } from "./port-range.ts";
import type { ServiceCIDRs } from "./service-cidrs.ts";
import { isPortItem } from "./service-items.ts";
import type { ServiceLedger } from "./service-ledger.ts";

/** Whether a Service asks for a certain number or takes what is free. */
export type AllocationScope = "static" | "dynamic";

interface Allocated {
  readonly cidrs: ServiceCIDRs;
  readonly nodePorts: NodePortRange;
  readonly ledger: ServiceLedger;
}

/** What becomes of the ranges of Services, under the names of kube-apiserver. Dry runs count, too. */
export class AllocationMetrics {
  readonly #addresses: Counter<"cidr" | "scope">;
  readonly #addressErrors: Counter<"cidr" | "scope">;
  readonly #ports: Counter<"scope">;
  readonly #portErrors: Counter<"scope">;

  constructor(metrics: Metrics, allocated: Allocated) {
    const [address, port] = ["kube_apiserver_clusterip_allocator", "kube_apiserver_nodeport_allocator"];
    this.#addresses = metrics.counter({
      name: `${address}_allocation_total`,
      help: "Number of Cluster IPs allocations",
      labels: ["cidr", "scope"],
    });
    this.#addressErrors = metrics.counter({
      name: `${address}_allocation_errors_total`,
      help: "Number of errors trying to allocate Cluster IPs",
      labels: ["cidr", "scope"],
    });
    this.#ports = metrics.counter({
      name: `${port}_allocation_total`,
      help: "Number of NodePort allocations",
      labels: ["scope"],
    });
    this.#portErrors = metrics.counter({
      name: `${port}_allocation_errors_total`,
      help: "Number of errors trying to allocate NodePort",
      labels: ["scope"],
    });
    addGauges(metrics, allocated);
  }

  /** `isGiven` is false when there is none to be had in this range. */
  countAddress({ cidr }: ServiceIPRange, scope: AllocationScope, isGiven: boolean): void {
    (isGiven ? this.#addresses : this.#addressErrors).add({ cidr: formatCIDR(cidr), scope });
  }

  countPort(scope: AllocationScope, isGiven: boolean): void {
    (isGiven ? this.#ports : this.#portErrors).add({ scope });
  }
}

function addGauges(metrics: Metrics, { cidrs, nodePorts, ledger }: Allocated): void {
  const usesOf = () => cidrs.ranges().map((range) => ({ range, used: countAddresses(range, ledger) }));
  const name = "kube_apiserver_clusterip_allocator";
  metrics.readGauges(
    { name: `${name}_allocated_ips`, help: "Gauge measuring the number of allocated IPs for Services" },
    () => usesOf().map(({ range: { cidr }, used }) => ({ labels: { cidr: formatCIDR(cidr) }, value: used })),
  );
  metrics.readGauges(
    { name: `${name}_available_ips`, help: "Gauge measuring the number of available IPs for Services" },
    () =>
      usesOf().map(({ range: { cidr, size }, used }) => ({
        labels: { cidr: formatCIDR(cidr) },
        value: size - used,
      })),
  );
  const countPorts = () => ledger.items().filter(isPortItem).length;
  metrics.readGauge(
    {
      name: "kube_apiserver_nodeport_allocator_allocated_ports",
      help: "Gauge measuring the number of allocated NodePorts for Services",
    },
    countPorts,
  );
  metrics.readGauge(
    {
      name: "kube_apiserver_nodeport_allocator_available_ports",
      help: "Gauge measuring the number of available NodePorts for Services",
    },
    () => nodePorts.last - nodePorts.first + 1 - countPorts(),
  );
}

function countAddresses({ cidr }: ServiceIPRange, ledger: ServiceLedger): number {
  return ledger.items().filter((item) => {
    const address = parseIP(item);
    return address !== undefined && containsIP(cidr, address);
  }).length;
}
