import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Service, ServicePort, ServiceSpec } from "#api/generated/core-v1.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { parseCIDR } from "#base/cidr.ts";
import { Metrics } from "#observability/metrics.ts";
import { AllocationMetrics } from "./allocation-metrics.ts";
import { ServiceIPRange } from "./ip-range.ts";
import { NodePortRange } from "./port-range.ts";
import { ServiceAllocator } from "./service-allocator.ts";
import { ServiceCIDRs } from "./service-cidrs.ts";
import { ServiceLedger } from "./service-ledger.ts";

const ipv4 = "10.43.0.0/24";
const ipv6 = "fd00::/112";

function range(cidr: string): ServiceIPRange {
  const parsed = parseCIDR(cidr);
  if (parsed === undefined) throw new TypeError(`not a CIDR: ${cidr}`);
  return new ServiceIPRange(parsed);
}

function aCluster(cidrs: readonly string[] = [ipv4], random = () => 0) {
  const shared = {
    cidrs: new ServiceCIDRs(cidrs.map(range)),
    nodePorts: new NodePortRange(30000, 30099),
    ledger: new ServiceLedger(() => aService()),
  };
  return new ServiceAllocator({ ...shared, random, metrics: new AllocationMetrics(new Metrics(), shared) });
}

function aService(spec: Partial<ServiceSpec> = {}, name = "web"): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", uid: name },
    spec: { type: "ClusterIP", selector: { app: "web" }, ...spec },
  };
}

const port = (number: number, fields: Partial<ServicePort> = {}): ServicePort => ({
  port: number,
  protocol: "TCP",
  ...fields,
});

/** The allocated fields, or the message of the refusal. */
function outcome(allocate: () => { readonly service: Service }): unknown {
  try {
    const { spec } = allocate().service;
    const { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, healthCheckNodePort } = spec;
    const nodePorts = spec.ports?.map(({ nodePort }) => nodePort);
    const fields = { clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy, nodePorts, healthCheckNodePort };
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}

const single = { ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" } as const;

describe("a new Service", () => {
  const cases: { name: string; spec: Partial<ServiceSpec>; cidrs?: string[]; want: unknown }[] = [
    {
      name: "gets an address from the upper band",
      spec: {},
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single },
    },
    {
      name: "gets the address that it asks for",
      spec: { clusterIP: "10.43.0.10" },
      want: { clusterIP: "10.43.0.10", clusterIPs: ["10.43.0.10"], ...single },
    },
    {
      name: "may not have an address of another network",
      spec: { clusterIP: "10.99.0.1" },
      want: 'Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.99.0.1"]: failed to allocate IP 10.99.0.1: the provided network does not match the current range',
    },
    {
      name: "may not have the address of the network itself",
      spec: { clusterIP: "10.43.0.0" },
      want: 'Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.43.0.0"]: failed to allocate IP 10.43.0.0: the provided network does not match the current range',
    },
    { name: "without an address keeps its external name only", spec: { type: "ExternalName" }, want: {} },
    {
      name: "that is headless has families but no address",
      spec: { clusterIP: "None" },
      want: { clusterIP: "None", clusterIPs: ["None"], ...single },
    },
    {
      name: "that is headless without a selector is dual-stack in any cluster",
      spec: { clusterIP: "None", selector: {} },
      want: {
        clusterIP: "None",
        clusterIPs: ["None"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "RequireDualStack",
      },
    },
    {
      name: "cannot require what a single-stack cluster does not have",
      spec: { ipFamilyPolicy: "RequireDualStack" },
      want: 'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    },
    {
      name: "prefers dual-stack in vain on a single-stack cluster",
      spec: { ipFamilyPolicy: "PreferDualStack" },
      want: {
        clusterIP: "10.43.0.17",
        clusterIPs: ["10.43.0.17"],
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "PreferDualStack",
      },
    },
    {
      name: "gets one address of each family where it prefers that",
      cidrs: [ipv4, ipv6],
      spec: { ipFamilyPolicy: "PreferDualStack" },
      want: {
        clusterIP: "10.43.0.17",
        clusterIPs: ["10.43.0.17", "fd00::101"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
      },
    },
    {
      name: "cannot have a family that the cluster does not have",
      spec: { ipFamilies: ["IPv6"] },
      want: 'Service "web" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
    },
    {
      name: "gets node ports from the upper band",
      spec: { type: "NodePort", ports: [port(80), port(443)] },
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single, nodePorts: [30016, 30017] },
    },
    {
      name: "shares a node port between protocols of one port",
      spec: { type: "NodePort", ports: [port(53), port(53, { protocol: "UDP", nodePort: 30053 })] },
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single, nodePorts: [30053, 30053] },
    },
    {
      name: "may not ask for a node port twice",
      spec: { type: "NodePort", ports: [port(80, { nodePort: 30001 }), port(81, { nodePort: 30001 })] },
      want: 'Service "web" is invalid: spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated',
    },
    {
      name: "may not ask for a node port outside the range",
      spec: { type: "NodePort", ports: [port(80, { nodePort: 8080 })] },
      want: 'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. The range of valid ports is 30000-30099',
    },
    {
      name: "can be a load balancer without node ports",
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [port(80)] },
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single, nodePorts: [undefined] },
    },
    {
      name: "with local traffic gets a port for health checks",
      spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [port(80)] },
      want: {
        clusterIP: "10.43.0.17",
        clusterIPs: ["10.43.0.17"],
        ...single,
        nodePorts: [30016],
        healthCheckNodePort: 30017,
      },
    },
  ];

  test.each(cases)("$name", ({ spec, cidrs, want }) => {
    expect(outcome(() => aCluster(cidrs).allocate(aService(spec)))).toEqual(want);
  });

  test("cannot have the address that another write is taking", () => {
    const allocator = aCluster();
    const { reservation } = allocator.allocate(aService({ clusterIP: "10.43.0.10" }));
    const again = (): unknown => outcome(() => allocator.allocate(aService({ clusterIP: "10.43.0.10" })));
    expect(again()).toBe(
      'Service "web" is invalid: spec.clusterIPs: Invalid value: ["10.43.0.10"]: failed to allocate IP 10.43.0.10: provided IP is already allocated',
    );
    reservation.cancel();
    expect(again()).toMatchObject({ clusterIP: "10.43.0.10" });
  });

  test("is refused when all addresses are taken", () => {
    const allocator = aCluster(["10.43.0.0/30"]);
    const addresses = [1, 2].map(() => allocator.allocate(aService()).service.spec.clusterIP);
    expect(new Set(addresses)).toEqual(new Set(["10.43.0.1", "10.43.0.2"]));
    expect(outcome(() => allocator.allocate(aService()))).toBe(
      "Internal error occurred: failed to allocate a serviceIP: range is full",
    );
  });
});

describe("an updated Service", () => {
  const cases: {
    name: string;
    previous: Partial<ServiceSpec>;
    next: Partial<ServiceSpec>;
    want: unknown;
  }[] = [
    {
      name: "keeps what it was given when it is applied without",
      previous: { type: "NodePort", ports: [port(80)] },
      next: { type: "NodePort", ports: [port(8080)] },
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single, nodePorts: [30016] },
    },
    {
      name: "gets node ports when it becomes a NodePort",
      previous: { ports: [port(80)] },
      next: { type: "NodePort", ports: [port(80)] },
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single, nodePorts: [30016] },
    },
    {
      name: "gets an address when it is no longer an external name",
      previous: { type: "ExternalName" },
      next: {},
      want: { clusterIP: "10.43.0.17", clusterIPs: ["10.43.0.17"], ...single },
    },
    {
      name: "stays headless",
      previous: { clusterIP: "None" },
      next: { clusterIP: "None", ipFamilies: ["IPv4"] },
      want: { clusterIP: "None", clusterIPs: ["None"], ...single },
    },
    {
      name: "may not name one port and protocol twice",
      previous: { type: "NodePort", ports: [port(80, { nodePort: 30001 })] },
      next: { type: "NodePort", ports: [port(80, { nodePort: 30001 }), port(81, { nodePort: 30001 })] },
      want: "duplicate nodePort: {TCP 30001}",
    },
  ];

  test.each(cases)("$name", ({ previous, next, want }) => {
    const allocator = aCluster();
    const before = allocator.allocate(aService(previous)).service;
    expect(outcome(() => allocator.allocate(aService(next), before))).toEqual(want);
  });

  test("gives its second family back only when it says so", () => {
    const allocator = aCluster([ipv4, ipv6]);
    const dual = allocator.allocate(aService({ ipFamilyPolicy: "RequireDualStack" })).service;
    const update = (spec: Partial<ServiceSpec>): unknown =>
      outcome(() => allocator.allocate({ ...dual, spec: { ...dual.spec, ...spec } }, dual));
    expect(update({ ipFamilyPolicy: "SingleStack" })).toMatchObject({
      clusterIPs: ["10.43.0.17"],
      ipFamilies: ["IPv4"],
    });
    expect(update({ clusterIPs: ["10.43.0.17"] })).toBe(
      'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be \'SingleStack\' to release the secondary cluster IP',
    );
  });
});

test("no address or port is ever held twice", () => {
  const step = fc.record({
    type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    keep: fc.boolean(),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  } as const);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let random = 0;
      const allocator = aCluster(["10.43.0.0/27"], () => random);
      const held = new Set<unknown>();
      for (const { type, keep, random: next } of steps) {
        random = next;
        const allocation = tryAllocate(allocator, aService({ type, ports: [port(80)] }));
        if (allocation === undefined) continue;
        const { spec } = allocation.service;
        const items = [spec.clusterIP, spec.ports?.[0]?.nodePort].filter((item) => item !== undefined);
        for (const item of items) expect(held.has(item), String(item)).toBe(false);
        if (keep) for (const item of items) held.add(item);
        else allocation.reservation.cancel();
      }
    }),
  );
});

function tryAllocate(allocator: ServiceAllocator, service: Service) {
  try {
    return allocator.allocate(service);
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}
