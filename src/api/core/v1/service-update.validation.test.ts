import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aService } from "#testing/objects.ts";
import type { ServiceSpec } from "../../generated/core-v1.ts";
import { service } from "./service.ts";

describe("service.validateUpdate", () => {
  const DUAL = {
    clusterIPs: ["10.96.0.10", "fd00::1"],
    ipFamilies: ["IPv4", "IPv6"],
    ipFamilyPolicy: "RequireDualStack",
  } as const;

  test.each<{ name: string; next: Partial<ServiceSpec>; previous: Partial<ServiceSpec>; want: string[] }>([
    { name: "nothing", next: {}, previous: {}, want: [] },
    {
      name: "another address",
      next: { clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11"] },
      previous: {},
      want: ['spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set'],
    },
    { name: "a second address", next: DUAL, previous: {}, want: [] },
    {
      name: "one address less",
      next: { ipFamilyPolicy: "PreferDualStack" },
      previous: DUAL,
      want: [
        "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary clusterIP",
        "spec.ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the secondary ipFamily",
      ],
    },
    { name: "one address less, on purpose", next: {}, previous: DUAL, want: [] },
    {
      name: "another family",
      next: { clusterIP: "fd00::1", clusterIPs: ["fd00::1"], ipFamilies: ["IPv6"] },
      previous: {},
      want: [
        'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: may not change once set',
        'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
      ],
    },
    {
      name: "another class and health check port",
      next: {
        type: "LoadBalancer",
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 30001,
        loadBalancerClass: "a.com/b",
      },
      previous: { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 30000 },
      want: [
        'spec.loadBalancerClass: Invalid value: "a.com/b": may not change once set',
        "spec.healthCheckNodePort: Forbidden: field is immutable",
      ],
    },
    {
      name: "the class of what was no load balancer",
      next: { type: "LoadBalancer", loadBalancerClass: "a.com/b" },
      previous: {},
      want: [],
    },
    {
      name: "no class any more",
      next: { type: "LoadBalancer" },
      previous: { type: "LoadBalancer", loadBalancerClass: "a.com/b" },
      want: ["spec.loadBalancerClass: Invalid value: null: may not change once set"],
    },
    {
      name: "no address any more",
      next: { clusterIP: "", clusterIPs: [] },
      previous: {},
      want: ["spec.clusterIPs[0]: Invalid value: []: primary clusterIP can not be unset"],
    },
    {
      name: "another address with another type",
      next: { type: "NodePort", clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11"] },
      previous: {},
      want: ['spec.clusterIPs[0]: Invalid value: ["10.96.0.11"]: may not change once set'],
    },
    {
      name: "the second address",
      next: { ...DUAL, clusterIPs: ["10.96.0.10", "fd00::2"] },
      previous: DUAL,
      want: ['spec.clusterIPs[1]: Invalid value: ["10.96.0.10","fd00::2"]: may not change once set'],
    },
    {
      name: "families in another order",
      next: { ...DUAL, ipFamilies: ["IPv6", "IPv4"] },
      previous: DUAL,
      want: [
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
        'spec.ipFamilies[0]: Invalid value: ["IPv6","IPv4"]: may not change once set',
        'spec.clusterIPs[0]: Invalid value: "10.96.0.10": expected an IPv6 value as indicated by `ipFamilies[0]`',
        'spec.clusterIPs[1]: Invalid value: "fd00::1": expected an IPv4 value as indicated by `ipFamilies[1]`',
      ],
    },
    {
      name: "ports, selector and affinity",
      next: { ports: [{ port: 81, protocol: "TCP", targetPort: 81 }], selector: {}, sessionAffinity: "None" },
      previous: { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 1 } } },
      want: [],
    },
    {
      name: "odd texts that were there before",
      next: { externalIPs: ["010.0.0.1"] },
      previous: { externalIPs: ["010.0.0.1"] },
      want: [],
    },
    {
      name: "an address for an external name",
      next: {},
      previous: { type: "ExternalName", externalName: "a.b" },
      want: [],
    },
  ])("$name", ({ next, previous, want }) => {
    const errors = service.validateUpdate?.(
      aService("web", { spec: next }),
      aService("web", { spec: previous }),
    );
    expect(errorTexts(errors)).toEqual(want);
  });
});

describe("service.validateStatusUpdate", () => {
  const check = (spec: Partial<ServiceSpec>, ingress: readonly object[]) => {
    const next = { ...aService("web", { spec }), status: { loadBalancer: { ingress } } };
    return errorTexts(service.validateStatusUpdate?.(next, aService("web", { spec })));
  };

  test("only load balancers have addresses", () => {
    expect(check({}, [{ ip: "1.2.3.4" }])).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ]);
  });

  test("addresses are addresses, and names are names", () => {
    expect(
      check({ type: "LoadBalancer" }, [
        { ip: "1.2.3.4", ipMode: "VIP" },
        { hostname: "lb.example.com" },
        { ip: "x" },
        { hostname: "1.2.3.4", ipMode: "Proxy" },
        { ip: "1.2.3.4", ipMode: "Magic" },
      ]),
    ).toEqual([
      'status.loadBalancer.ingress[2].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      "status.loadBalancer.ingress[2].ipMode: Required value: must be specified when `ip` is set",
      "status.loadBalancer.ingress[3].ipMode: Forbidden: may not be specified when `ip` is not set",
      'status.loadBalancer.ingress[3].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'status.loadBalancer.ingress[4].ipMode: Unsupported value: "Magic": supported values: "Proxy", "VIP"',
    ]);
  });
});
