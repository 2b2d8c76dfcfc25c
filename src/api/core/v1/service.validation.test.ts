import { describe, expect, test } from "bun:test";
import { errorTexts } from "#testing/kinds.ts";
import { aService, type ServiceOptions } from "#testing/objects.ts";
import type { ServiceSpec } from "../../generated/core-v1.ts";
import { service } from "./service.ts";

const LB_ONLY = "may only be used when `type` is 'LoadBalancer'";
const HEADLESS = { clusterIP: "None", clusterIPs: ["None"] };
const EXTERNAL = {
  type: "ExternalName",
  clusterIP: "",
  clusterIPs: [],
  ipFamilies: [],
  ipFamilyPolicy: undefined,
} as unknown as Partial<ServiceSpec>;

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
      name: "names and numbers of ports",
      options: {
        ports: [
          { name: "Port", port: 65536 },
          { name: "p.q", port: 80, targetPort: "INVALID" },
          { name: "r", port: 81, targetPort: 65536 },
          { name: "s", port: 82, targetPort: "http", appProtocol: "kubernetes.io/h2c" },
        ],
      },
      want: [
        "spec.ports[0].name: Invalid value: \"Port\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        "spec.ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
        'spec.ports[1].name: Invalid value: "p.q": must not contain dots',
        'spec.ports[1].targetPort: Invalid value: "INVALID": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'spec.ports[1].targetPort: Invalid value: "INVALID": must contain at least one letter (a-z)',
        "spec.ports[2].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
      ],
    },
    {
      name: "the same node port of two protocols",
      options: {
        ports: [
          { port: 80, name: "a", nodePort: 30080 },
          { port: 80, name: "b", nodePort: 30080, protocol: "UDP" },
          { port: 80, name: "c", protocol: "SCTP" },
        ],
        spec: { type: "LoadBalancer" },
      },
      want: [],
    },
    {
      name: "a selector that is none",
      options: { selector: { "a b": "c" } },
      want: [
        "spec.selector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      name: "a headless load balancer",
      options: { spec: { ...HEADLESS, type: "LoadBalancer" } },
      want: [
        "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services",
      ],
    },
    {
      name: "an external name",
      options: { ports: [], spec: { ...EXTERNAL, externalName: "db.example.com." } },
      want: [],
    },
    {
      name: "an external name that is none",
      options: { spec: { ...EXTERNAL, externalName: "-db" } },
      want: [
        "spec.externalName: Invalid value: \"-db\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    ...[0, -1, 86_401].map((timeoutSeconds) => ({
      name: `affinity for ${String(timeoutSeconds)} seconds`,
      options: {
        spec: { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds } } },
      } as const,
      want: [
        `spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: ${String(timeoutSeconds)}: must be greater than 0 and less than 86400`,
      ],
    })),
    {
      name: "affinity for a day",
      options: {
        spec: {
          sessionAffinity: "ClientIP",
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_400 } },
        },
      },
      want: [],
    },
    {
      name: "external addresses of all sorts",
      options: { spec: { externalIPs: ["10.2.3.4", "0.0.0.0", "169.254.1.1", "224.0.0.1", "010.0.0.1"] } },
      want: [
        'spec.externalIPs[1]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
        'spec.externalIPs[2]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
        'spec.externalIPs[3]: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
        'spec.externalIPs[4]: Invalid value: "010.0.0.1": must not have leading 0s',
      ],
    },
    {
      name: "a class that is none",
      options: { spec: { type: "LoadBalancer", loadBalancerClass: "Bad/LoadBalancer/Class" } },
      want: [
        "spec.loadBalancerClass: Invalid value: \"Bad/LoadBalancer/Class\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ],
    },
    {
      name: "a range in an annotation",
      options: {
        annotations: { "service.beta.kubernetes.io/load-balancer-source-ranges": "1.2.3.4/8, 5.6.7.8/16" },
        spec: { type: "LoadBalancer" },
      },
      want: ["1.2.3.4/8", "5.6.7.8/16"].map(
        (range) =>
          `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "${range}": must not have bits set beyond the prefix length`,
      ),
    },
    {
      name: "a bad port for health checks",
      options: {
        spec: { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 65536 },
      },
      want: ["spec.healthCheckNodePort: Invalid value: 65536: must be between 1 and 65535, inclusive"],
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

describe("the ranges that a load balancer serves", () => {
  const KEY = "service.beta.kubernetes.io/load-balancer-source-ranges";
  const CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
  const ANNOTATION = `metadata.annotations[${KEY}]`;

  test.each<{
    name: string;
    annotation?: string;
    field?: string[];
    type?: ServiceSpec["type"];
    want: string[];
  }>([
    { name: "ranges with spaces", annotation: "1.2.3.0/24,  5.6.0.0/16", want: [] },
    { name: "nothing", annotation: "", want: [] },
    { name: "spaces", annotation: "  ", want: [] },
    { name: "a field with spaces", field: ["1.2.3.0/24  ", " 5.6.0.0/16"], want: [] },
    { name: "a field beside a bad annotation", annotation: "foo.bar", field: ["1.2.3.0/24"], want: [] },
    {
      name: "a name",
      annotation: "foo.bar",
      want: [`${ANNOTATION}: Invalid value: "foo.bar": ${CIDR}`],
    },
    {
      name: "a field of spaces and of a long prefix",
      field: ["   ", "1.2.3.4/33"],
      want: [
        `spec.LoadBalancerSourceRanges[0]: Invalid value: "": ${CIDR}`,
        `spec.LoadBalancerSourceRanges[1]: Invalid value: "1.2.3.4/33": ${CIDR}`,
      ],
    },
    {
      name: "an annotation without a load balancer",
      annotation: "",
      type: "ClusterIP",
      want: [`${ANNOTATION}: Forbidden: ${LB_ONLY}`],
    },
    {
      name: "a field without a load balancer",
      field: ["1.2.3.0/24"],
      type: "ClusterIP",
      want: [`spec.LoadBalancerSourceRanges: Forbidden: ${LB_ONLY}`],
    },
  ])("can be $name", ({ annotation, field, type = "LoadBalancer", want }) => {
    const object = aService("web", {
      ...(annotation !== undefined && { annotations: { [KEY]: annotation } }),
      spec: { type, ...(field && { loadBalancerSourceRanges: field }) },
    });
    expect(errorTexts(service.validate?.(object))).toEqual(want);
  });
});
