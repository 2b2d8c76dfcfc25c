import { describe, expect, test } from "bun:test";
import { errorTexts, rowOf } from "#testing/kinds.ts";
import type { NetworkPolicy, NetworkPolicyPort, NetworkPolicySpec } from "../../generated/networking-v1.ts";
import { networkPolicy } from "./networkpolicy.ts";

function aNetworkPolicy(spec: Partial<NetworkPolicySpec>): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "deny", namespace: "default", uid: "u" },
    spec: { podSelector: {}, ...spec },
  };
}

function withPorts(...ports: NetworkPolicyPort[]): NetworkPolicy {
  return aNetworkPolicy({ ingress: [{ ports }] });
}

function withBlock(cidr: string, ...except: string[]): NetworkPolicy {
  return aNetworkPolicy({ egress: [{ to: [{ ipBlock: { cidr, except } }] }] });
}

describe("networkPolicy.validate", () => {
  const cases: { name: string; object: NetworkPolicy; want: string[] }[] = [
    { name: "an empty policy", object: aNetworkPolicy({}), want: [] },
    { name: "ports", object: withPorts({ port: 80, endPort: 90 }, { port: "http" }, {}), want: [] },
    {
      name: "bad ports",
      object: withPorts(
        { port: 0, protocol: "ICMP" as "TCP" },
        { port: 80, endPort: 79 },
        { port: "http", endPort: 90 },
        { endPort: 90 },
        { port: "80" },
      ),
      want: [
        'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
        "spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ingress[0].ports[1].endPort: Invalid value: 80: must be greater than or equal to `port`",
        "spec.ingress[0].ports[2].endPort: Invalid value: 90: may not be specified when `port` is non-numeric",
        "spec.ingress[0].ports[3].endPort: Invalid value: 90: may not be specified when `port` is not specified",
        'spec.ingress[0].ports[4].port: Invalid value: "80": must contain at least one letter (a-z)',
      ],
    },
    {
      name: "peers that name nothing and too much",
      object: aNetworkPolicy({
        ingress: [{ from: [{}, { podSelector: {}, ipBlock: { cidr: "10.0.0.0/8" } }] }],
      }),
      want: [
        "spec.ingress[0].from[0]: Required value: must specify a peer",
        "spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer",
      ],
    },
    { name: "a block with a hole", object: withBlock("10.0.0.0/8", "10.1.0.0/16"), want: [] },
    {
      name: "holes that are not inside",
      object: withBlock("10.0.0.0/8", "10.0.0.0/8", "11.0.0.0/16", "fd00::/64", "x"),
      want: [
        'spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "fd00::/64": must be a strict subset of `cidr`',
        'spec.egress[0].to[0].ipBlock.except[3]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    },
    {
      name: "a missing block",
      object: withBlock(""),
      want: ["spec.egress[0].to[0].ipBlock.cidr: Required value"],
    },
    {
      name: "a bad selector and unknown types",
      object: aNetworkPolicy({
        podSelector: { matchExpressions: [{ key: "a", operator: "Is" }] },
        policyTypes: ["Ingress", "Sideways" as "Egress"],
      }),
      want: [
        'spec.podSelector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
        'spec.policyTypes[1]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
      ],
    },
    {
      name: "too many types",
      object: aNetworkPolicy({ policyTypes: ["Ingress", "Egress", "Ingress"] }),
      want: [
        'spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
      ],
    },
  ];

  test.each(cases)("judges $name", ({ object, want }) => {
    expect(errorTexts(networkPolicy.validate?.(object))).toEqual(want);
  });

  test("an update tolerates networks and label values that were stored before", () => {
    const stored = aNetworkPolicy({
      podSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["-"] }] },
      ingress: [{ from: [{ ipBlock: { cidr: "010.0.0.0/8" } }] }],
    });
    expect(networkPolicy.validate?.(stored)).toHaveLength(2);
    expect(networkPolicy.validateUpdate?.({ ...stored }, stored)).toEqual([]);
  });
});

describe("networkPolicy.setDefaults", () => {
  test("ports are TCP", () => {
    expect(networkPolicy.setDefaults?.(withPorts({ port: 80 }, { protocol: "UDP" })).spec.ingress).toEqual([
      { ports: [{ port: 80, protocol: "TCP" }, { protocol: "UDP" }] },
    ]);
  });

  test.each<{ spec: Partial<NetworkPolicySpec>; want: string[] }>([
    { spec: {}, want: ["Ingress"] },
    { spec: { egress: [{}] }, want: ["Ingress", "Egress"] },
    { spec: { egress: [{}], policyTypes: ["Egress"] }, want: ["Egress"] },
  ])("the types of %j", ({ spec, want }) => {
    expect(networkPolicy.setDefaults?.(aNetworkPolicy(spec)).spec.policyTypes as string[]).toEqual(want);
  });
});

test("networks that are written oddly bring warnings", () => {
  expect(networkPolicy.warnings?.(withBlock("10.1.0.0/8", "FD00::/64"), undefined)).toEqual([
    'spec.egress[0].to[0].ipBlock.cidr: CIDR value "10.1.0.0/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.0.0/32"?)',
    'spec.egress[0].to[0].ipBlock.except[0]: IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")',
  ]);
});

test("the table shows the selector", () => {
  expect(rowOf(networkPolicy, aNetworkPolicy({}))).toMatchObject({ "Pod-Selector": "<none>" });
  expect(rowOf(networkPolicy, aNetworkPolicy({ podSelector: { matchLabels: { a: "b" } } }))).toMatchObject({
    "Pod-Selector": "a=b",
  });
});
