import { describe, expect, test } from "bun:test";
import type { Service } from "#api/generated/core-v1.ts";
import type { EndpointSlice } from "#api/generated/discovery-v1.ts";
import { formatIP, ipOfBytes } from "#base/cidr.ts";
import { reverseRange } from "./reverse-zone.ts";
import type { ResourceRecord } from "./wire/record.ts";
import { codeName, typeName, typeNumber } from "./wire/record-type.ts";
import { resolveInZone, type ZoneAnswer } from "./zone.ts";
import { type ZoneView, zoneNetworks } from "./zone-view.ts";

const services = [
  aService("web", {
    clusterIP: "10.43.0.7",
    clusterIPs: ["10.43.0.7", "fd43::7"],
    ports: [
      { name: "http", port: 80, protocol: "TCP" },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
  }),
  aService("plain", { clusterIP: "10.43.0.8", clusterIPs: ["10.43.0.8"], ports: [{ port: 8080 }] }),
  aService("db", {
    clusterIP: "None",
    clusterIPs: ["None"],
    ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  }),
  aService("empty", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] }),
  aService("early", { clusterIP: "None", publishNotReadyAddresses: true }),
  aService("ext", { type: "ExternalName", externalName: "example.com." }),
  aService("numeric", { type: "ExternalName", externalName: "192.0.2.1" }),
  aService("kube-dns", { clusterIP: "10.43.0.10", clusterIPs: ["10.43.0.10"] }, "kube-system"),
];
const slices = [
  aSlice("web", [{ addresses: ["10.42.0.4"], conditions: { ready: true } }]),
  aSlice("db", [
    { addresses: ["10.42.0.5"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.42.0.6"], conditions: { ready: true } },
    { addresses: ["10.42.0.9"], hostname: "db-9", conditions: { ready: false } },
  ]),
  aSlice("db", [{ addresses: ["fd42::5"], hostname: "db-0", conditions: { ready: true } }]),
  aSlice("early", [{ addresses: ["10.42.0.8"], conditions: { ready: false } }]),
];

const view: ZoneView = {
  domain: "cluster.local",
  networks: zoneNetworks(["10.42.0.0/16", "10.43.0.0/16", "fd42::/56"]),
  isSynced: true,
  serial: 7,
  hasNamespace: (name) => name === "default" || name === "kube-system",
  service: (namespace, name) =>
    services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
  slices: (_namespace, service) =>
    slices.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service),
  serviceByAddress: (address) => services.find(({ spec }) => spec.clusterIPs?.includes(address)),
  slicesByAddress: (address) =>
    slices.filter(({ endpoints }) => endpoints.some(({ addresses }) => addresses.includes(address))),
};

/** `line` is a section of the Kubernetes DNS specification 1.1.0, or what it leaves to CoreDNS and to DNS itself. */
interface Case {
  readonly line: string;
  readonly ask: string;
  readonly want: readonly string[];
}

const NO_DATA = ["NOERROR", "!SOA ns.dns.cluster.local"];
const NO_NAME = ["NXDOMAIN", "!SOA ns.dns.cluster.local"];

const cases: readonly Case[] = [
  { line: "2.2", ask: "TXT dns-version.cluster.local", want: ["28800 TXT 1.1.0"] },
  { line: "2.2", ask: "A dns-version.cluster.local", want: NO_DATA },
  { line: "2.3.1", ask: "A web.default.svc.cluster.local", want: ["5 A 10.43.0.7"] },
  { line: "2.3.1", ask: "AAAA web.default.svc.cluster.local", want: ["5 AAAA fd43::7"] },
  { line: "2.3.1", ask: "AAAA plain.default.svc.cluster.local", want: NO_DATA },
  {
    line: "2.3.2",
    ask: "SRV _http._tcp.web.default.svc.cluster.local",
    want: ["5 SRV 0 100 80 web.default.svc.cluster.local", "+A 10.43.0.7", "+AAAA fd43::7"],
  },
  {
    line: "2.3.2",
    ask: "SRV _dns._udp.web.default.svc.cluster.local",
    want: ["5 SRV 0 100 53 web.default.svc.cluster.local", "+A 10.43.0.7", "+AAAA fd43::7"],
  },
  { line: "2.3.2", ask: "SRV _dns._tcp.web.default.svc.cluster.local", want: NO_NAME },
  { line: "2.3.2", ask: "SRV _nosuch._tcp.web.default.svc.cluster.local", want: NO_NAME },
  { line: "2.3.2 unnamed", ask: "SRV _._tcp.plain.default.svc.cluster.local", want: NO_NAME },
  {
    line: "2.3.3",
    ask: "PTR 7.0.43.10.in-addr.arpa",
    want: ["5 PTR web.default.svc.cluster.local"],
  },
  {
    line: "2.3.3",
    ask: `PTR 7.${"0.".repeat(27)}3.4.d.f.ip6.arpa`,
    want: ["5 PTR web.default.svc.cluster.local"],
  },
  { line: "2.4.1", ask: "A db.default.svc.cluster.local", want: ["5 A 10.42.0.5", "5 A 10.42.0.6"] },
  { line: "2.4.1", ask: "AAAA db.default.svc.cluster.local", want: ["5 AAAA fd42::5"] },
  { line: "2.4.1 none ready", ask: "A empty.default.svc.cluster.local", want: NO_NAME },
  { line: "2.4.1 not ready", ask: "A early.default.svc.cluster.local", want: ["5 A 10.42.0.8"] },
  { line: "2.4.1", ask: "A db-0.db.default.svc.cluster.local", want: ["5 A 10.42.0.5"] },
  { line: "2.4.1", ask: "AAAA db-0.db.default.svc.cluster.local", want: ["5 AAAA fd42::5"] },
  { line: "2.4.1", ask: "A 10-42-0-6.db.default.svc.cluster.local", want: ["5 A 10.42.0.6"] },
  { line: "2.4.1 not ready", ask: "A db-9.db.default.svc.cluster.local", want: NO_NAME },
  {
    line: "2.4.2",
    ask: "SRV _sql._tcp.db.default.svc.cluster.local",
    want: [
      "5 SRV 0 50 5432 db-0.db.default.svc.cluster.local",
      "5 SRV 0 50 5432 10-42-0-6.db.default.svc.cluster.local",
      "+A 10.42.0.5",
      "+A 10.42.0.6",
      "+AAAA fd42::5",
    ],
  },
  {
    line: "2.4.3",
    ask: "PTR 5.0.42.10.in-addr.arpa",
    want: ["5 PTR db-0.db.default.svc.cluster.local"],
  },
  {
    line: "2.4.3 no hostname",
    ask: "PTR 6.0.42.10.in-addr.arpa",
    want: ["5 PTR 10-42-0-6.db.default.svc.cluster.local"],
  },
  { line: "2.4.3 not ready", ask: "PTR 9.0.42.10.in-addr.arpa", want: NO_NAME },
  {
    line: "2.4.3",
    ask: `PTR 5.${"0.".repeat(27)}2.4.d.f.ip6.arpa`,
    want: ["5 PTR db-0.db.default.svc.cluster.local"],
  },
  { line: "2.5", ask: "A ext.default.svc.cluster.local", want: ["CNAME example.com"] },
  { line: "2.6", ask: "A 10-42-0-5.default.pod.cluster.local", want: ["5 A 10.42.0.5"] },
  { line: "2.6", ask: "A 1-2-3-4.default.pod.cluster.local", want: ["5 A 1.2.3.4"] },
  { line: "2.6", ask: "AAAA fd42--5.default.pod.cluster.local", want: ["5 AAAA fd42::5"] },
  { line: "2.6", ask: "AAAA 1-2-3-4.default.pod.cluster.local", want: NO_DATA },
  { line: "2.6", ask: "A 256-2-3-4.default.pod.cluster.local", want: NO_NAME },
  { line: "2.6", ask: "A 10-42-0-5.nosuch.pod.cluster.local", want: NO_NAME },
  { line: "2.6", ask: "A x.10-42-0-5.default.pod.cluster.local", want: NO_NAME },
  { line: "CoreDNS", ask: "A 10-42-0-4.web.default.svc.cluster.local", want: ["5 A 10.42.0.4"] },
  {
    line: "CoreDNS",
    ask: "PTR 4.0.42.10.in-addr.arpa",
    want: ["5 PTR 10-42-0-4.web.default.svc.cluster.local"],
  },
  { line: "CoreDNS", ask: "A _http._tcp.web.default.svc.cluster.local", want: ["5 A 10.43.0.7"] },
  {
    line: "CoreDNS",
    ask: "SRV plain.default.svc.cluster.local",
    want: ["5 SRV 0 100 8080 plain.default.svc.cluster.local", "+A 10.43.0.8"],
  },
  { line: "CoreDNS", ask: "A numeric.default.svc.cluster.local", want: NO_NAME },
  { line: "CoreDNS", ask: "A x.ext.default.svc.cluster.local", want: NO_NAME },
  { line: "CoreDNS", ask: "A ns.dns.cluster.local", want: ["5 A 10.43.0.10"] },
  { line: "DNS", ask: "SOA cluster.local", want: ["5 SOA ns.dns.cluster.local"] },
  {
    line: "DNS",
    ask: "NS cluster.local",
    want: ["5 NS ns.dns.cluster.local", "+A 10.43.0.10"],
  },
  { line: "DNS", ask: "A cluster.local", want: NO_DATA },
  { line: "DNS", ask: "MX web.default.svc.cluster.local", want: NO_DATA },
  { line: "DNS", ask: "A svc.cluster.local", want: NO_DATA },
  { line: "DNS", ask: "A pod.cluster.local", want: NO_DATA },
  { line: "DNS", ask: "A default.svc.cluster.local", want: NO_DATA },
  { line: "DNS", ask: "A nosuch.svc.cluster.local", want: NO_NAME },
  { line: "DNS", ask: "A web.nosuch.svc.cluster.local", want: NO_NAME },
  { line: "DNS", ask: "A nosuch.default.svc.cluster.local", want: NO_NAME },
  { line: "DNS", ask: "A web.default.cluster.local", want: NO_NAME },
  { line: "no wildcard", ask: "A *.default.svc.cluster.local", want: NO_NAME },
  { line: "no wildcard", ask: "SRV _http._tcp.*.default.svc.cluster.local", want: NO_NAME },
  { line: "too long", ask: "A a.b.c.web.default.svc.cluster.local", want: NO_NAME },
  { line: "reverse", ask: "PTR 200.0.42.10.in-addr.arpa", want: NO_NAME },
  { line: "reverse", ask: "A 7.0.43.10.in-addr.arpa", want: NO_DATA },
  { line: "reverse", ask: "PTR 0.42.10.in-addr.arpa", want: NO_DATA },
  { line: "not ours", ask: "PTR 10.in-addr.arpa", want: ["forward"] },
  { line: "not ours", ask: "PTR 1.1.1.1.in-addr.arpa", want: ["forward"] },
  { line: "not ours", ask: `PTR 1.${"0.".repeat(27)}8.b.d.0.ip6.arpa`, want: ["forward"] },
  { line: "not ours", ask: "A example.com", want: ["forward"] },
  { line: "not ours", ask: "A notcluster.local", want: ["forward"] },
];

describe("resolveInZone", () => {
  test.each(cases)("$line: $ask", ({ ask, want }) => {
    expect(describeAnswer(answerTo(view, ask))).toEqual([...want]);
  });

  test("cannot say that something is absent before the first lists", () => {
    const starting = { ...view, isSynced: false };
    expect(describeAnswer(answerTo(starting, "A nosuch.default.svc.cluster.local"))).toEqual(["SERVFAIL"]);
    expect(describeAnswer(answerTo(starting, "A web.default.svc.cluster.local"))).toEqual(["5 A 10.43.0.7"]);
  });

  test("names the zone of reverse names as responsible for their absence", () => {
    const found = answerTo(view, "PTR 200.0.42.10.in-addr.arpa");
    expect(found.type === "answer" && found.answer.authorities[0]?.name).toBe("in-addr.arpa");
  });
});

describe("reverseRange", () => {
  const ranges: readonly (readonly [string, string | undefined])[] = [
    ["4.3.2.1.in-addr.arpa", "1.2.3.4/32"],
    ["2.1.in-addr.arpa", "1.2.0.0/16"],
    [`1.${"0.".repeat(27)}8.b.d.0.ip6.arpa`, "db8::1/128"],
    ["8.b.d.0.1.0.0.2.ip6.arpa", "2001:db8::/32"],
    ["999.3.2.1.in-addr.arpa", undefined],
    ["04.3.2.1.in-addr.arpa", undefined],
    ["5.4.3.2.1.in-addr.arpa", undefined],
    ["in-addr.arpa", undefined],
    ["10.in-addr.arpa.example", undefined],
  ];

  test.each(ranges)("%s is %s", (name, want) => {
    const range = reverseRange(name);
    expect(range && `${formatIP(range.base)}/${String(range.prefixLength)}`).toBe(want);
  });
});

function answerTo(zone: ZoneView, ask: string): ZoneAnswer {
  const [type = "", name = ""] = ask.split(" ");
  return resolveInZone(zone, { name, type: typeNumber(type) ?? 0 });
}

function describeAnswer(found: ZoneAnswer): string[] {
  if (found.type === "alias") return [`CNAME ${found.target}`];
  if (found.type === "forward") return ["forward"];
  const { rcode, answers, authorities, additionals } = found.answer;
  return [
    ...(answers.length === 0 ? [codeName(rcode)] : []),
    ...answers.map((record) => `${String(record.ttl)} ${describeRecord(record)}`),
    ...authorities.map((record) => `!${describeRecord(record)}`),
    ...additionals.map((record) => `+${describeRecord(record)}`),
  ];
}

function describeRecord({ type, data }: ResourceRecord): string {
  const [first = "", second] = data;
  const bytes = typeof first === "string" ? new Uint8Array(0) : first;
  switch (typeName(type)) {
    case "A":
    case "AAAA":
      return `${typeName(type)} ${formatIP(ipOfBytes(bytes))}`;
    case "TXT":
      return `TXT ${Buffer.from(bytes.subarray(1)).toString()}`;
    case "SRV": {
      const numbers = new DataView(bytes.buffer);
      return `SRV ${[0, 2, 4].map((offset) => String(numbers.getUint16(offset))).join(" ")} ${String(second)}`;
    }
    default:
      return `${typeName(type)} ${String(first)}`;
  }
}

function aService(name: string, spec: Service["spec"], namespace = "default"): Service {
  return { apiVersion: "v1", kind: "Service", metadata: { name, namespace, uid: name }, spec };
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
