import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewObject } from "#apimachinery/meta.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { readSysctl, writeSysctl } from "#network/netlink/sysctl.ts";
import { IPV4, IPV6 } from "#network/nft/address-family.ts";
import { removeIptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { removeServiceRules } from "#network/proxy/service-proxy.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { iptablesIn, type TestNamespace } from "./network-lab.ts";
import { ADDRESSES, type FamilyName, TestNode } from "./network-node.ts";
import {
  type ClientKind,
  type Expectation,
  expectationOf,
  type FrontendKind,
  LOCAL_NODE,
  LOCAL_ZONE,
  type ReferenceClient,
  type ReferenceFrontend,
  type ReferenceService,
} from "./network-reference.ts";
import { askTcp, askUdp, PATIENT_TIMEOUT_MS, serveTcp, serveUdp, until } from "./network-traffic.ts";

const SERVICES = { nftables: 1_000, iptables: 100 };
const PROBES_PER_SERVICE = 4;
const FIRST_CLUSTER_IP = 256;
/** Namespaces and links are slow to make while the machine is busy. */
const SETUP_MS = 60_000;
/** Silent ones take long, so many run at once; each is a socket of this process. */
const PARALLEL_PROBES = 200;

const LOCAL_SERVERS = ["a", "b", "c"];
/** Endpoints on another node, which the outside host plays. */
const REMOTE_SERVERS: Readonly<Record<string, Readonly<Record<FamilyName, string>>>> = {
  x: { IPv4: "10.42.1.5", IPv6: "fd42:0:0:1::5" },
  y: { IPv4: "10.42.1.6", IPv6: "fd42:0:0:1::6" },
};

const FAMILIES = ["IPv4", "IPv6"] as const;

/** Ranges of the other node's pods, and of addresses that are nobody's but Services'. */
const ROUTED = {
  IPv4: { remotePods: "10.42.1.0/24", external: "20.0.0.0/15" },
  IPv6: { remotePods: "fd42:0:0:1::/64", external: "fd20::/31" },
};

const ROUTE_LOCALNET = ["net", "ipv4", "conf", "all", "route_localnet"];

const policy = fc.constantFrom("Cluster" as const, "Local" as const);

const endpoint = fc
  .record({
    server: fc.constantFrom(...LOCAL_SERVERS, ...Object.keys(REMOTE_SERVERS)),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
  })
  // Ready endpoints serve and do not terminate (discovery/v1 EndpointConditions).
  .map(({ server, ready, serving, terminating }) => ({
    server,
    ready,
    serving: ready || serving,
    terminating: !ready && terminating,
    node: server in REMOTE_SERVERS ? "n2" : LOCAL_NODE,
    // One node of another zone, and one of the own.
    zone: server === "y" ? "z2" : LOCAL_ZONE,
  }));

interface Probe {
  readonly frontend: FrontendKind;
  readonly client: string;
  /** Which of the Service's families. */
  readonly family: number;
}

interface Sample extends ReferenceService {
  readonly families: readonly FamilyName[];
  readonly protocol: "TCP" | "UDP";
  readonly affinity: "None" | "ClientIP";
  readonly probes: readonly Probe[];
}

const sample: fc.Arbitrary<Sample> = fc.record({
  families: fc.shuffledSubarray([...FAMILIES], { minLength: 1 }),
  internalTrafficPolicy: policy,
  externalTrafficPolicy: policy,
  protocol: fc.constantFrom("TCP", "TCP", "UDP"),
  affinity: fc.constantFrom("None", "None", "None", "ClientIP"),
  isZonal: fc.boolean(),
  sources: fc.option(fc.subarray<ClientKind>(["pod", "host", "outside"], { minLength: 1 }), {
    nil: undefined,
  }),
  endpoints: fc.uniqueArray(endpoint, { maxLength: 5, selector: ({ server }) => server }),
  probes: fc.array(
    fc
      .record({
        frontend: fc.constantFrom("clusterIP", "nodePort", "loopback", "externalIP", "loadBalancer"),
        client: fc.constantFrom("a", "b", "client", "host", "outside"),
        family: fc.nat(),
      })
      // Nobody else gets at the host's loopback.
      .map((probe) => (probe.frontend === "loopback" ? { ...probe, client: "host" } : probe)),
    { minLength: PROBES_PER_SERVICE, maxLength: PROBES_PER_SERVICE },
  ),
});

let node: TestNode;
const stack = new AsyncDisposableStack();
const namespaces = new Map<string, TestNamespace>();
/** Of servers and clients in pods, by their names. */
const addresses = new Map<string, Readonly<Record<FamilyName, string>>>(Object.entries(REMOTE_SERVERS));

beforeAll(async () => {
  node = stack.use(await TestNode.create({ families: FAMILIES }));
  const labels = { "topology.kubernetes.io/zone": LOCAL_ZONE };
  node.put({ apiVersion: "v1", kind: "Node", metadata: { name: LOCAL_NODE, labels } });
  // Refusals are ICMP messages, of which the kernel sends only a few per second to one address.
  for (const [family, name, value] of [
    ["ipv4", "icmp_ratelimit", "0"],
    ["ipv4", "icmp_msgs_per_sec", "100000"],
    ["ipv4", "icmp_msgs_burst", "100000"],
    ["ipv6", "icmp/ratelimit", "0"],
  ] as const) {
    writeSysctl(["net", family, ...name.split("/")], value, { namespace: node.host.path });
  }
  for (const name of [...LOCAL_SERVERS, "client"]) {
    const pod = await node.addPod();
    const [IPv4 = "", IPv6 = ""] = pod.addresses;
    namespaces.set(name, pod.namespace);
    addresses.set(name, { IPv4, IPv6 });
    await serve(pod.namespace, name, pod.addresses);
  }
  namespaces.set("host", node.host).set("outside", node.outside);
  for (const family of FAMILIES) prepareRoutes(family);
  for (const [name, own] of Object.entries(REMOTE_SERVERS)) {
    await serve(node.outside, name, Object.values(own));
  }
}, SETUP_MS);

async function serve(namespace: TestNamespace, name: string, own: readonly string[]): Promise<void> {
  for (const address of own) {
    stack.use(serveTcp(namespace, 8080, name, address));
    stack.use(await serveUdp(namespace, 8080, name, address));
  }
}

function prepareRoutes(family: FamilyName): void {
  const { length, node: nodeIP, outside, ownPods, services } = ADDRESSES[family];
  const { remotePods, external } = ROUTED[family];
  using routes = new RouteSocket({ namespace: node.outside.path });
  const link = routes.link("lo")?.index ?? 0;
  for (const own of Object.values(REMOTE_SERVERS))
    routes.addAddress({ link, address: `${own[family]}/${String(length)}` });
  node.host.route(remotePods, outside);
  // A process can only send to an address that it has a route for.
  node.host.route(external, outside);
  for (const destination of [ownPods, services, external]) node.outside.route(destination, nodeIP);
}

afterAll(() => stack.disposeAsync());

test.each(["nftables", "iptables"] as const)(
  "random Services answer as Kubernetes promises, by %s",
  async (mode) => {
    const count = SERVICES[mode];
    const seed = Number(process.env["SEED"] ?? Date.now());
    const samples = fc.sample(sample, { numRuns: count, seed });
    node.put(...samples.flatMap(objectsOf));
    await node.startProxy(mode);
    // The rules of all Services are there; packets from loopback are routed right after them.
    await until(
      "node ports answer on loopback",
      () => readSysctl(ROUTE_LOCALNET, { namespace: node.host.path }) !== "0",
    );
    const wrong: string[] = [];
    const probes = samples.flatMap((each, index) => each.probes.map((probe) => ({ each, index, probe })));
    const work = probes.values();
    const probeAll = async (): Promise<void> => {
      for (const { each, index, probe } of work) {
        const problem = await check(each, index, probe, mode);
        if (problem !== undefined) wrong.push(problem);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_PROBES }, probeAll));
    expect(wrong.slice(0, 10), `seed ${String(seed)}`).toEqual([]);
    await node.stopProxy();
    using nft = new KernelNft({ namespace: node.host.path });
    removeServiceRules(nft);
    for (const family of [IPV4, IPV6]) await removeIptablesRules(iptablesIn(node.host, family));
  },
  300_000,
);

async function check(
  each: Sample,
  index: number,
  { frontend, client, family: familyNumber }: Probe,
  mode: "nftables" | "iptables",
): Promise<string | undefined> {
  const family = each.families[familyNumber % each.families.length] ?? "IPv4";
  const target = { kind: frontend, family };
  const from: ReferenceClient = { kind: kindOf(client), server: client };
  const expectation = expectationOf(each, target, from);
  const namespace = namespaces.get(client);
  if (namespace === undefined) throw new RangeError(`No client "${client}"`);
  const [host, port] = targetOf(target, index);
  const ask = each.protocol === "TCP" ? askTcp : askUdp;
  const answer = await ask(namespace, host, port);
  if (allowedAnswers(expectation, client, family).includes(answer)) return undefined;
  if (mode === "iptables" && isKnownOfIptables(each, target, from, answer)) return undefined;
  if (mode === "iptables" && expectation.type === "refused" && answer === "timeout") {
    // A refusal over IPv6 that finds the client still sending is only noticed when it sends again.
    if ((await askTcp(namespace, host, port, PATIENT_TIMEOUT_MS)) === "ECONNREFUSED") return undefined;
  }
  const facts = JSON.stringify({ ...each, probes: undefined });
  return `${client} -> ${frontend} ${host}:${String(port)}: got "${answer}", wanted ${JSON.stringify(expectation)} of ${facts}`;
}

function kindOf(client: string): ClientKind {
  return client === "host" || client === "outside" ? client : "pod";
}

/**
 * What kube-proxy's iptables rules do otherwise where a Service has no endpoints: source ranges keep nobody out, and
 * what the host itself sends to an external address is left alone. Where it has none on the node, the rule for its node
 * port drops what goes to `::1`, too.
 */
function isKnownOfIptables(
  each: Sample,
  frontend: ReferenceFrontend,
  from: ReferenceClient,
  answer: string,
): boolean {
  if (frontend.kind === "loopback" && frontend.family === "IPv6") {
    return answer === "timeout" && each.externalTrafficPolicy === "Local";
  }
  const open = expectationOf({ ...each, sources: undefined }, frontend, from);
  if (open.type !== "refused") return false;
  const isExternal = frontend.kind === "externalIP" || frontend.kind === "loadBalancer";
  return answer === "ECONNREFUSED" || (from.kind === "host" && isExternal && answer === "timeout");
}

function allowedAnswers(expectation: Expectation, client: string, family: FamilyName): readonly string[] {
  // What is dropped on its way out of the host itself fails right at the sender.
  const ofHost = client === "host" ? ["EPERM"] : [];
  if (expectation.type === "refused") return ["ECONNREFUSED", ...ofHost];
  if (expectation.type === "silent") return ["timeout", ...ofHost];
  const { node: nodeIP, gateway } = ADDRESSES[family];
  return expectation.by.map(({ server, masqueraded }) => {
    // Masqueraded packets have the address of the link by which they leave.
    const ofNode = server in REMOTE_SERVERS ? nodeIP : gateway;
    return `${server} ${masqueraded ? ofNode : ownAddressOf(client, family)}`;
  });
}

/** The host sends to cluster IPs from the address of the bridge. */
function ownAddressOf(client: string, family: FamilyName): string {
  const { gateway, outside } = ADDRESSES[family];
  if (client === "host") return gateway;
  return client === "outside" ? outside : (addresses.get(client)?.[family] ?? "");
}

function objectsOf(each: Sample, index: number): readonly NewObject[] {
  const name = `s${String(index)}`;
  const { families, protocol, internalTrafficPolicy, externalTrafficPolicy, affinity, sources } = each;
  const clusterIPs = families.map((family) => ADDRESSES[family].clusterIP(FIRST_CLUSTER_IP + index));
  const service = aService(name, clusterIPs[0] ?? "", {
    type: "LoadBalancer",
    clusterIPs,
    ipFamilies: families,
    ports: [{ protocol, nodePort: nodePortOf(index) }],
    loadBalancerIPs: families.map((family) => loadBalancerIPOf(family, index)),
    ...(sources && {
      loadBalancerSourceRanges: families.flatMap((family) =>
        sources.map((source) => sourceRangeOf(source, family)),
      ),
    }),
    externalIPs: families.map((family) => externalIPOf(family, index)),
    internalTrafficPolicy,
    externalTrafficPolicy,
    sessionAffinity: affinity,
  });
  const slices = families.map((addressType) => {
    const endpoints = each.endpoints.map(({ server, zone, ...facts }) =>
      anEndpoint(addresses.get(server)?.[addressType] ?? "", {
        ...facts,
        ...(each.isZonal && { forZones: [zone] }),
      }),
    );
    const slice = anEndpointSlice(name, endpoints, {
      addressType,
      ports: [{ name: "", port: 8080, protocol }],
    });
    return { ...slice, metadata: { ...slice.metadata, name: `${name}-${addressType.toLowerCase()}` } };
  });
  return [service, ...slices];
}

function targetOf({ kind, family }: ReferenceFrontend, index: number): readonly [host: string, port: number] {
  if (kind === "nodePort") return [ADDRESSES[family].node, nodePortOf(index)];
  if (kind === "loopback") return [family === "IPv4" ? "127.0.0.1" : "::1", nodePortOf(index)];
  if (kind === "clusterIP") return [ADDRESSES[family].clusterIP(FIRST_CLUSTER_IP + index), 80];
  return [(kind === "externalIP" ? externalIPOf : loadBalancerIPOf)(family, index), 80];
}

function sourceRangeOf(source: ClientKind, family: FamilyName): string {
  const { pods, node: nodeIP, outside, length } = ADDRESSES[family];
  return source === "pod" ? pods : `${source === "host" ? nodeIP : outside}/${String(length)}`;
}

function externalIPOf(family: FamilyName, index: number): string {
  return addressIn(family, ["20.0", "fd20:0"], index);
}

function loadBalancerIPOf(family: FamilyName, index: number): string {
  return addressIn(family, ["20.1", "fd20:1"], index);
}

function addressIn(family: FamilyName, [IPv4, IPv6]: readonly [string, string], index: number): string {
  if (family === "IPv6") return `${IPv6}::${(FIRST_CLUSTER_IP + index).toString(16)}`;
  return `${IPv4}.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function nodePortOf(index: number): number {
  return 30_000 + index;
}
