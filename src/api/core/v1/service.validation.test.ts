import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aService, type ServiceOptions } from "#testing/objects.ts";
import type { ServiceSpec } from "../../generated/core-v1.ts";
import { service } from "./service.ts";

const LB_ONLY = "may only be used when `type` is 'LoadBalancer'";
const HEADLESS = { clusterIP: "None", clusterIPs: ["None"] };

describe("service.validate", () => {
  test.each<{ name: string; options: ServiceOptions; want: string[] }>([
    { name: "a usual service", options: {}, want: [] },
    { name: "a headless service without ports", options: { ports: [], spec: HEADLESS }, want: [] },
    { name: "no ports", options: { ports: [] }, want: ["spec.ports: Required value"] },
    {
      name: "a headless node port",
      options: { spec: { ...HEADLESS, type: "NodePort" } },
      want: ["spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
    },
    {
      name: "several ports without names",
      options: { ports: [{ port: 80 }, { port: 0, name: "b" }, { port: 81, name: "b" }] },
      want: [
        "spec.ports[0].name: Required value",
        "spec.ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[1].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
        'spec.ports[2].name: Duplicate value: "b"',
      ],
    },
    {
      name: "ports that are the same",
      options: {
        ports: [
          { port: 80, name: "a" },
          { port: 80, name: "b" },
          { port: 80, name: "c", protocol: "UDP" },
        ],
      },
      want: [
        'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      ],
    },
    {
      name: "a node port without the type",
      options: { ports: [{ port: 80, nodePort: 30080 }] },
      want: ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    },
    {
      name: "the same node port twice",
      options: {
        ports: [
          { port: 80, name: "a", nodePort: 30080 },
          { port: 81, name: "b", nodePort: 30080 },
        ],
        spec: { type: "NodePort" },
      },
      want: ["spec.ports[1].nodePort: Duplicate value: 30080"],
    },
    {
      name: "a bad protocol and application protocol",
      options: { ports: [{ port: 80, protocol: "ICMP" as "TCP", appProtocol: "a b" }] },
      want: [
        'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        "spec.ports[0].appProtocol: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      name: "an external name with addresses",
      options: { ports: [], spec: { type: "ExternalName", externalName: "." } },
      want: [
        "spec.clusterIPs: Forbidden: may not be set for ExternalName services",
        "spec.ipFamilies: Forbidden: may not be set for ExternalName services",
        "spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services",
        "spec.externalName: Required value",
      ],
    },
    {
      name: "affinity",
      options: {
        spec: {
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
        },
      },
      want: [
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400",
      ],
    },
    {
      name: "an unknown type",
      options: { spec: { type: "Magic" as "NodePort", sessionAffinity: "Some" as "None" } },
      want: [
        'spec.sessionAffinity: Unsupported value: "Some": supported values: "ClientIP", "None"',
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    },
    {
      name: "external addresses that nobody can reach",
      options: { spec: { externalIPs: ["127.0.0.1", "x"] } },
      want: [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
    {
      name: "fields of a load balancer",
      options: {
        annotations: { "service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x" },
        spec: {
          loadBalancerClass: "example.com/lb",
          allocateLoadBalancerNodePorts: false,
          externalTrafficPolicy: "Local",
          healthCheckNodePort: 30000,
        },
      },
      want: [
        `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: ${LB_ONLY}`,
        'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        `spec.allocateLoadBalancerNodePorts: Forbidden: ${LB_ONLY}`,
        `spec.loadBalancerClass: Forbidden: ${LB_ONLY}`,
        'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
        "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ],
    },
    {
      name: "a load balancer",
      options: {
        spec: {
          type: "LoadBalancer",
          externalTrafficPolicy: "Local",
          loadBalancerSourceRanges: ["10.0.0.0/8", "a"],
        },
      },
      want: [
        'spec.LoadBalancerSourceRanges[1]: Invalid value: "a": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        "spec.healthCheckNodePort: Required value",
      ],
    },
    {
      name: "traffic policies",
      options: {
        spec: {
          type: "NodePort",
          internalTrafficPolicy: "Any" as "Local",
          externalTrafficPolicy: "Any" as "Local",
          trafficDistribution: "Any",
        },
      },
      want: [
        'spec.externalTrafficPolicy: Unsupported value: "Any": supported values: "Cluster", "Local"',
        'spec.internalTrafficPolicy: Unsupported value: "Any": supported values: "Cluster", "Local"',
        'spec.trafficDistribution: Unsupported value: "Any": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
      ],
    },
    {
      name: "annotations that differ",
      options: {
        annotations: {
          "service.kubernetes.io/topology-aware-hints": "auto",
          "service.kubernetes.io/topology-mode": "disabled",
        },
      },
      want: [
        'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "disabled": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      ],
    },
  ])("$name", ({ options, want }) => {
    expect(errorTexts(service.validate?.(aService("web", options)))).toEqual(want);
  });
});

describe("addresses", () => {
  test.each<{ spec: Partial<ServiceSpec>; want: string[] }>([
    {
      spec: {
        clusterIPs: ["10.96.0.10", "fd00::1"],
        ipFamilies: ["IPv4", "IPv6"],
        ipFamilyPolicy: "PreferDualStack",
      },
      want: [],
    },
    { spec: { clusterIPs: [] }, want: ["spec.clusterIPs: Required value"] },
    {
      spec: { clusterIPs: ["10.96.0.11"] },
      want: ['spec.clusterIPs: Invalid value: ["10.96.0.11"]: first value must match `clusterIP`'],
    },
    {
      spec: { clusterIP: "" },
      want: [
        'spec.clusterIPs: Invalid value: ["10.96.0.10"]: must be empty when `clusterIP` is not specified',
      ],
    },
    {
      spec: { ipFamilies: ["IPv4", "IPv4"], ipFamilyPolicy: "Both" as "SingleStack" },
      want: [
        'spec.ipFamilies[1]: Duplicate value: "IPv4"',
        'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
      ],
    },
    {
      spec: { clusterIP: "None", clusterIPs: ["None", "x"] },
      want: [
        'spec.clusterIPs: Invalid value: ["None","x"]: \'None\' must be the first and only value',
        'spec.clusterIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ],
    },
    {
      spec: { clusterIPs: ["10.96.0.10", "10.96.0.11", "10.96.0.12"] },
      want: [
        'spec.clusterIPs: Invalid value: ["10.96.0.10","10.96.0.11","10.96.0.12"]: may only hold up to 2 values',
        'spec.clusterIPs: Invalid value: ["10.96.0.10","10.96.0.11","10.96.0.12"]: may specify no more than one IP for each IP family',
      ],
    },
    {
      spec: { ipFamilies: ["IPv6"] },
      want: [
        'spec.clusterIPs[0]: Invalid value: "10.96.0.10": expected an IPv6 value as indicated by `ipFamilies[0]`',
      ],
    },
  ])("$spec", ({ spec, want }) => {
    expect(errorTexts(service.validate?.(aService("web", { spec })))).toEqual(want);
  });
});

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
