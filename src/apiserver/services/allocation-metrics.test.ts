import { expect, test } from "bun:test";
import type { Service, ServiceSpec } from "#api/generated/core-v1.ts";
import { type CIDR, parseCIDR } from "#base/cidr.ts";
import { Metrics } from "#observability/metrics.ts";
import { AllocationMetrics } from "./allocation-metrics.ts";
import { ServiceIPRange } from "./ip-range.ts";
import { NodePortRange } from "./port-range.ts";
import { ServiceAllocator } from "./service-allocator.ts";
import { ServiceCIDRs } from "./service-cidrs.ts";
import { ServiceLedger } from "./service-ledger.ts";

const STORED = "/registry/services/specs/default/web";

function aService(spec: Partial<ServiceSpec>): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", uid: "u" },
    spec: { selector: { app: "web" }, ports: [{ port: 80, protocol: "TCP" }], ...spec },
  };
}

test("allocations are counted by where they are from and by who chose", async () => {
  let stored = aService({});
  const ledger = new ServiceLedger(() => stored);
  const ranges = ["10.43.0.0/28", "fd00::/112"].map((text) => new ServiceIPRange(parseCIDR(text) as CIDR));
  const shared = { cidrs: new ServiceCIDRs(ranges), nodePorts: new NodePortRange(30_000, 30_001), ledger };
  const metrics = new Metrics();
  const allocator = new ServiceAllocator({
    ...shared,
    random: () => 0,
    metrics: new AllocationMetrics(metrics, shared),
  });

  stored = allocator.allocate(aService({ type: "NodePort", ipFamilyPolicy: "RequireDualStack" })).service;
  ledger.apply({
    type: "put",
    entry: { key: STORED, value: new Uint8Array(), revision: 2, createRevision: 2 },
    previous: undefined,
  });
  allocator.allocate(aService({ type: "NodePort", clusterIP: "10.43.0.9" }));
  expect(() => allocator.allocate(aService({ type: "NodePort", clusterIP: "10.43.0.9" }))).toThrow();
  expect(() => allocator.allocate(aService({ type: "NodePort" }))).toThrow();
  expect(() =>
    allocator.allocate(aService({ type: "NodePort", ports: [{ port: 80, nodePort: 80 }] })),
  ).toThrow();

  const lines = (await metrics.expose()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines).toEqual([
    'kube_apiserver_clusterip_allocator_allocation_total{cidr="10.43.0.0/28",scope="dynamic"} 3',
    'kube_apiserver_clusterip_allocator_allocation_total{cidr="fd00::/112",scope="dynamic"} 1',
    'kube_apiserver_clusterip_allocator_allocation_total{cidr="10.43.0.0/28",scope="static"} 1',
    'kube_apiserver_clusterip_allocator_allocation_errors_total{cidr="10.43.0.0/28",scope="static"} 1',
    'kube_apiserver_nodeport_allocator_allocation_total{scope="dynamic"} 2',
    'kube_apiserver_nodeport_allocator_allocation_errors_total{scope="dynamic"} 1',
    'kube_apiserver_nodeport_allocator_allocation_errors_total{scope="static"} 1',
    'kube_apiserver_clusterip_allocator_allocated_ips{cidr="10.43.0.0/28"} 1',
    'kube_apiserver_clusterip_allocator_allocated_ips{cidr="fd00::/112"} 1',
    'kube_apiserver_clusterip_allocator_available_ips{cidr="10.43.0.0/28"} 13',
    'kube_apiserver_clusterip_allocator_available_ips{cidr="fd00::/112"} 65534',
    "kube_apiserver_nodeport_allocator_allocated_ports 1",
    "kube_apiserver_nodeport_allocator_available_ports 1",
  ]);
});
