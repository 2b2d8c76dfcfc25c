import { describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { resolveInZone, reverseAddress, type ZoneAnswer, type ZoneView, zoneNetworks } from "./zone.ts";

const services = [
  aService("web", {
    clusterIP: "10.43.0.7",
    clusterIPs: ["10.43.0.7"],
    ports: [{ name: "http", port: 80, protocol: "TCP" }],
  }),
  aService("db", {
    clusterIP: "None",
    clusterIPs: ["None"],
    ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  }),
  aService("early", { clusterIP: "None", publishNotReadyAddresses: true }),
  aService("ext", { type: "ExternalName", externalName: "example.com" }),
];
const slices = [
  aSlice("db", [
    { addresses: ["10.42.0.5"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.42.0.6"], conditions: { ready: true } },
    { addresses: ["10.42.0.9"], hostname: "db-9", conditions: { ready: false } },
  ]),
  aSlice("early", [{ addresses: ["10.42.0.8"], conditions: { ready: false } }]),
];

const view: ZoneView = {
  domain: "cluster.local",
  networks: zoneNetworks(["10.42.0.0/16", "10.43.0.0/16"]),
  hasNamespace: (name) => name === "default",
  service: (namespace, name) =>
    services.find((each) => each.metadata.name === name && namespace === "default"),
  slices: (_namespace, service) =>
    slices.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service),
  serviceByAddress: (address) => services.find(({ spec }) => spec.clusterIP === address),
  slicesByAddress: (address) =>
    slices.filter(({ endpoints }) => endpoints.some(({ addresses }) => addresses.includes(address))),
};

describe("resolveInZone", () => {
  const cases: { ask: string; want: string[] }[] = [
    { ask: "A web.default.svc.cluster.local", want: ["A 10.43.0.7"] },
    { ask: "A WEB.Default.svc.Cluster.Local.", want: ["A 10.43.0.7"] },
    { ask: "AAAA web.default.svc.cluster.local", want: ["noData"] },
    {
      ask: "SRV _http._tcp.web.default.svc.cluster.local",
      want: ["SRV 80 web.default.svc.cluster.local", "+A 10.43.0.7"],
    },
    { ask: "SRV _nosuch._tcp.web.default.svc.cluster.local", want: ["noSuchName"] },
    {
      ask: "SRV web.default.svc.cluster.local",
      want: ["SRV 80 web.default.svc.cluster.local", "+A 10.43.0.7"],
    },
    { ask: "A db.default.svc.cluster.local", want: ["A 10.42.0.5", "A 10.42.0.6"] },
    { ask: "A db-0.db.default.svc.cluster.local", want: ["A 10.42.0.5"] },
    { ask: "A 10-42-0-6.db.default.svc.cluster.local", want: ["A 10.42.0.6"] },
    { ask: "A db-9.db.default.svc.cluster.local", want: ["noSuchName"] },
    {
      ask: "SRV _sql._tcp.db.default.svc.cluster.local",
      want: [
        "SRV 5432 db-0.db.default.svc.cluster.local",
        "SRV 5432 10-42-0-6.db.default.svc.cluster.local",
        "+A 10.42.0.5",
        "+A 10.42.0.6",
      ],
    },
    { ask: "A early.default.svc.cluster.local", want: ["A 10.42.0.8"] },
    { ask: "A ext.default.svc.cluster.local", want: ["CNAME example.com"] },
    { ask: "A 10-42-0-5.default.pod.cluster.local", want: ["A 10.42.0.5"] },
    { ask: "A 10-42-0-5.nosuch.pod.cluster.local", want: ["noSuchName"] },
    { ask: "A nosuch.default.svc.cluster.local", want: ["noSuchName"] },
    { ask: "A default.svc.cluster.local", want: ["noData"] },
    { ask: "A nosuch.svc.cluster.local", want: ["noSuchName"] },
    { ask: "TXT dns-version.cluster.local", want: ["TXT 1.1.0"] },
    { ask: "SOA cluster.local", want: ["SOA"] },
    { ask: "PTR 7.0.43.10.in-addr.arpa", want: ["PTR web.default.svc.cluster.local"] },
    { ask: "PTR 5.0.42.10.in-addr.arpa", want: ["PTR db-0.db.default.svc.cluster.local"] },
    { ask: "PTR 200.0.42.10.in-addr.arpa", want: ["noSuchName"] },
    { ask: "PTR 1.1.1.1.in-addr.arpa", want: ["forward"] },
    { ask: "A example.com", want: ["forward"] },
    { ask: "A notcluster.local", want: ["forward"] },
  ];

  test.each(cases)("$ask", ({ ask, want }) => {
    const [type = "", name = ""] = ask.split(" ");
    expect(describeAnswer(resolveInZone(view, { name, type }))).toEqual(want);
  });
});

describe("reverseAddress", () => {
  test("reads both families", () => {
    expect(reverseAddress("4.3.2.1.in-addr.arpa")).toBe("1.2.3.4");
    expect(reverseAddress(`1.${"0.".repeat(27)}8.b.d.0.ip6.arpa`)).toBe("db8::1");
    expect(reverseAddress("999.3.2.1.in-addr.arpa")).toBeUndefined();
  });
});

function describeAnswer(answer: ZoneAnswer): string[] {
  if (answer.type === "alias") return [`CNAME ${answer.target}`];
  if (answer.type !== "records") return [answer.type];
  return [
    ...answer.answers.map((record) => describeRecord(record)),
    ...answer.additionals.map((record) => `+${describeRecord(record)}`),
  ];
}

function describeRecord(record: Extract<ZoneAnswer, { type: "records" }>["answers"][number]): string {
  if (record.type === "SRV") return `SRV ${String(record.data.port)} ${record.data.target}`;
  return record.type === "SOA" ? "SOA" : `${record.type} ${record.data}`;
}

function aService(name: string, spec: Service["spec"]): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace: "default", uid: name }, spec };
}

function aSlice(service: string, endpoints: EndpointSlice["endpoints"]): EndpointSlice {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-1`,
      namespace: "default",
      uid: service,
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: "IPv4",
    endpoints,
    ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  };
}
