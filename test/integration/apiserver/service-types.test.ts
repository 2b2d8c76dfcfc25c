/** What Services have of the ranges of the cluster, by their types (kube-apiserver `TestFeatureType` and its like). */
import { describe, expect, test } from "bun:test";
import type { Service, ServicePort, ServiceSpec } from "#api/generated/core-v1.ts";
import { writeService } from "./replaced-service.ts";

type Spec = Partial<ServiceSpec>;

const INVALID = 'Service "web" is invalid: ';
const INTERNAL = "Internal error occurred: failed to allocate requested HealthCheck NodePort ";
const RANGE = "provided port is not in the valid range. The range of valid ports is 30000-32767";
const ONLY_LOCAL = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
const ONLY_EXTERNAL = "may only be set for externally-accessible services";

const TYPES: Readonly<Record<string, Spec>> = {
  ClusterIP: { type: "ClusterIP" },
  NodePort: { type: "NodePort" },
  LoadBalancer: { type: "LoadBalancer" },
  Local: { type: "LoadBalancer", externalTrafficPolicy: "Local" },
  ExternalName: { type: "ExternalName", externalName: "example.com" },
  Headless: { clusterIP: "None" },
};

/** What a Service of the first type has once it is of the second: a is an address, p a node port, h a port for health checks. */
const CHANGES = `
from         ClusterIP NodePort LoadBalancer Local ExternalName Headless
ClusterIP    a         ap       ap           aph   -            !
NodePort     a         ap       ap           aph   -            !
LoadBalancer a         ap       ap           aph   -            !
Local        a         ap       ap           aph   -            !
ExternalName a         ap       ap           aph   -            None
Headless     None      !        !            !     -            None
`;

describe("a Service that changes its type", () => {
  const [[, ...types] = [], ...rows] = CHANGES.trim()
    .split("\n")
    .map((line) => line.split(/ +/));

  test.each(
    rows.flatMap(([from = "", ...wants]) =>
      wants.map((want, index) => ({ from, to: types[index] ?? "", want })),
    ),
  )("from $from to $to", async ({ from, to, want }) => {
    const got = await writeService(TYPES[to] ?? {}, TYPES[from]);
    expect(typeof got === "string" ? "!" : describeParts(got)).toBe(want);
  });
});

function describeParts({ spec }: Service): string {
  const { clusterIP = "", ports = [], healthCheckNodePort = 0 } = spec;
  if (clusterIP === "None") return clusterIP;
  const parts = [
    clusterIP !== "" && "a",
    ports.some(({ nodePort = 0 }) => nodePort > 0) && "p",
    healthCheckNodePort > 0 && "h",
  ];
  return parts.filter((part) => part !== false).join("") || "-";
}

const aPort = (name: string, port: number, fields: Partial<ServicePort> = {}): ServicePort => ({
  name,
  port,
  ...fields,
});
const local = (...ports: readonly ServicePort[]): Spec => ({ ...TYPES["Local"], ports });

describe("a Service that is replaced without what it was given", () => {
  const given = {
    ...local(aPort("p", 867, { nodePort: 30_093 }), aPort("q", 5309, { nodePort: 30_076 })),
    healthCheckNodePort: 30_118,
  };
  const numbersOf = ({ spec: { ports = [], healthCheckNodePort } }: Service) => [
    ...ports.map(({ nodePort }) => nodePort),
    healthCheckNodePort,
  ];

  test.each<[string, Spec, readonly unknown[]]>([
    ["keeps everything", local(aPort("p", 867), aPort("q", 5309)), [30_093, 30_076, 30_118]],
    [
      "keeps the other port",
      local(aPort("p", 867, { nodePort: 30_093 }), aPort("q", 5309)),
      [30_093, 30_076, 30_118],
    ],
    ["keeps ports by their names", local(aPort("q", 5309), aPort("p", 867)), [30_076, 30_093, 30_118]],
    ["keeps ports of other numbers", local(aPort("p", 80), aPort("q", 81)), [30_093, 30_076, 30_118]],
    [
      "keeps ports of another protocol",
      local(aPort("p", 867, { protocol: "UDP" }), aPort("q", 5309)),
      [30_093, 30_076, 30_118],
    ],
    [
      "gets a new port in place of one that moves",
      local(aPort("p", 867, { nodePort: 30_076 }), aPort("q", 5309)),
      [30_076, expect.any(Number), 30_118],
    ],
    [
      "gets new ports for new names",
      local(aPort("r", 867), aPort("q", 5309)),
      [expect.any(Number), 30_076, 30_118],
    ],
  ])("%s", async (_name, after, want) => {
    const got = await writeService(after, given);
    if (typeof got === "string") throw new TypeError(got);
    expect<readonly unknown[]>(numbersOf(got)).toEqual(want);
    expect(new Set(numbersOf(got)).size).toBe(want.length);
  });

  test("keeps both addresses", async () => {
    const clusterIPs = ["10.96.0.200", "fd00::c8"];
    const before = {
      ...given,
      ipFamilyPolicy: "PreferDualStack",
      clusterIP: "10.96.0.200",
      clusterIPs,
    } as const;
    const got = await writeService(local(aPort("p", 867), aPort("q", 5309)), before);
    expect(got).toMatchObject({
      spec: { clusterIPs, ipFamilies: ["IPv4", "IPv6"], ipFamilyPolicy: "PreferDualStack" },
    });
  });

  test.each<[string, Spec, string]>([
    [
      "the port of health checks for another",
      local(aPort("p", 867, { nodePort: 30_118 }), aPort("q", 5309)),
      `${INVALID}spec.ports[0].nodePort: Invalid value: 30118: provided port is already allocated`,
    ],
    [
      "another port for health checks",
      { ...local(aPort("p", 867), aPort("q", 5309)), healthCheckNodePort: 30_001 },
      `${INVALID}spec.healthCheckNodePort: Forbidden: field is immutable`,
    ],
    [
      "one port twice",
      local(aPort("p", 867, { nodePort: 30_093 }), aPort("q", 5309, { nodePort: 30_093 })),
      "duplicate nodePort: {TCP 30093}",
    ],
    ["no ports", local(), `${INVALID}spec.ports: Required value`],
    [
      "another class",
      { ...local(aPort("p", 867), aPort("q", 5309)), loadBalancerClass: "example.com/b" },
      `${INVALID}spec.loadBalancerClass: Invalid value: "example.com/b": may not change once set`,
    ],
  ])("cannot ask for %s", async (_name, after, want) => {
    expect(await writeService(after, given)).toBe(want);
  });
});

describe("ports of a new Service", () => {
  const numbersOf = ({ spec: { ports = [] } }: Service) => ports.map(({ nodePort }) => nodePort);
  const dns = (tcp: Partial<ServicePort>, udp: Partial<ServicePort>) => [
    aPort("p", 53, tcp),
    aPort("q", 53, { protocol: "UDP" as const, ...udp }),
  ];

  test.each<[string, Spec, readonly unknown[]]>([
    ["of a ClusterIP", { ports: [aPort("p", 80)] }, [undefined]],
    [
      "of a NodePort",
      { type: "NodePort", ports: [aPort("p", 80), aPort("q", 443, { nodePort: 30_443 })] },
      [expect.any(Number), 30_443],
    ],
    [
      "that are shared by protocols",
      { type: "NodePort", ports: dns({ nodePort: 30_053 }, {}) },
      [30_053, 30_053],
    ],
    [
      "that are shared because both say so",
      { type: "NodePort", ports: dns({ nodePort: 30_053 }, { nodePort: 30_053 }) },
      [30_053, 30_053],
    ],
    [
      "that are not shared",
      { type: "NodePort", ports: dns({ nodePort: 30_053 }, { nodePort: 30_054 }) },
      [30_053, 30_054],
    ],
    [
      "that nobody wants",
      { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [aPort("p", 80)] },
      [undefined],
    ],
    [
      "of which only one is wanted",
      {
        type: "LoadBalancer",
        allocateLoadBalancerNodePorts: false,
        ports: [aPort("p", 80), aPort("q", 443, { nodePort: 30_443 })],
      },
      [undefined, 30_443],
    ],
  ])("%s", async (_name, spec, want) => {
    const got = await writeService(spec);
    if (typeof got === "string") throw new TypeError(got);
    expect<readonly unknown[]>(numbersOf(got)).toEqual(want);
  });

  test.each<[string, Spec, string]>([
    [
      "one port for two",
      {
        type: "NodePort",
        ports: [aPort("p", 80, { nodePort: 30_080 }), aPort("q", 443, { nodePort: 30_080 })],
      },
      `${INVALID}spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated`,
    ],
    [
      "one port for two of other protocols",
      {
        type: "NodePort",
        ports: [aPort("p", 93, { nodePort: 30_093 }), aPort("q", 76, { protocol: "UDP", nodePort: 30_093 })],
      },
      `${INVALID}spec.ports[1].nodePort: Invalid value: 30093: provided port is already allocated`,
    ],
    [
      "a node port of a ClusterIP",
      { ports: [aPort("p", 80, { nodePort: 30_080 })] },
      `${INVALID}spec.ports[0].nodePort: Forbidden: may not be used when \`type\` is 'ClusterIP'`,
    ],
    [
      "a headless NodePort",
      { type: "NodePort", clusterIP: "None" },
      `${INVALID}spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`,
    ],
    [
      "a port for health checks without local traffic",
      { type: "LoadBalancer", healthCheckNodePort: 30_000 },
      `${INVALID}spec.healthCheckNodePort: Invalid value: 30000: ${ONLY_LOCAL}`,
    ],
    [
      "a port for health checks of a NodePort",
      { type: "NodePort", externalTrafficPolicy: "Local", healthCheckNodePort: 30_000 },
      `${INVALID}spec.healthCheckNodePort: Invalid value: 30000: ${ONLY_LOCAL}`,
    ],
    [
      "a port for health checks outside of the range",
      { ...local(aPort("p", 80)), healthCheckNodePort: 29_000 },
      `${INTERNAL}29000: ${RANGE}`,
    ],
    [
      "a negative port for health checks",
      { ...local(aPort("p", 80)), healthCheckNodePort: -1 },
      `${INTERNAL}-1: ${RANGE}`,
    ],
    [
      "external traffic of a ClusterIP",
      { externalTrafficPolicy: "Local" },
      `${INVALID}spec.externalTrafficPolicy: Invalid value: "Local": ${ONLY_EXTERNAL}`,
    ],
    [
      "external traffic of an ExternalName",
      { ...TYPES["ExternalName"], externalTrafficPolicy: "Cluster" },
      `${INVALID}spec.externalTrafficPolicy: Invalid value: "Cluster": ${ONLY_EXTERNAL}`,
    ],
    [
      "external traffic of no kind",
      { type: "LoadBalancer", externalTrafficPolicy: "Invalid" as "Local" },
      `${INVALID}spec.externalTrafficPolicy: Unsupported value: "Invalid": supported values: "Cluster", "Local"`,
    ],
  ])("are refused: %s", async (_name, spec, want) => {
    expect(await writeService(spec)).toBe(want);
  });
});
