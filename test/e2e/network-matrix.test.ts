import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewObject } from "#apimachinery/meta.ts";
import { KernelNft } from "#network/netlink/nftables/kernel-nft.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { readSysctl, writeSysctl } from "#network/netlink/sysctl.ts";
import { removeIptablesRules } from "#network/proxy/iptables/iptables-rules.ts";
import { removeServiceRules } from "#network/proxy/service-proxy.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import { iptablesIn, type TestNamespace } from "./network-lab.ts";
import { GATEWAY, NODE_IP, OUTSIDE_IP, TestNode } from "./network-node.ts";
import {
  type ClientKind,
  type Expectation,
  expectationOf,
  type FrontendKind,
  LOCAL_NODE,
  LOCAL_ZONE,
  type ReferenceClient,
  type ReferenceService,
} from "./network-reference.ts";
import { askTcp, askUdp, serveTcp, serveUdp, until } from "./network-traffic.ts";

const SERVICES = { nftables: 1_000, iptables: 100 };
const PROBES_PER_SERVICE = 4;
/** Namespaces and links are slow to make while the machine is busy. */
const SETUP_MS = 60_000;
/** Silent ones take long, so many run at once; each is a socket of this process. */
const PARALLEL_PROBES = 200;

const LOCAL_SERVERS = ["a", "b", "c"];
/** Endpoints on another node, which the outside host plays. */
const REMOTE_SERVERS: Readonly<Record<string, string>> = { x: "10.42.1.5", y: "10.42.1.6" };

const SOURCE_RANGES: Readonly<Record<ClientKind, string>> = {
  pod: "10.42.0.0/16",
  host: `${NODE_IP}/32`,
  outside: `${OUTSIDE_IP}/32`,
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
}

interface Sample extends ReferenceService {
  readonly protocol: "TCP" | "UDP";
  readonly affinity: "None" | "ClientIP";
  readonly probes: readonly Probe[];
}

const sample: fc.Arbitrary<Sample> = fc.record({
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
      })
      // Nobody else gets at the host's loopback.
      .map((probe) => (probe.frontend === "loopback" ? { ...probe, client: "host" } : probe)),
    { minLength: PROBES_PER_SERVICE, maxLength: PROBES_PER_SERVICE },
  ),
});

let node: TestNode;
const stack = new AsyncDisposableStack();
const namespaces = new Map<string, TestNamespace>();
const addresses = new Map<string, string>(Object.entries(REMOTE_SERVERS));

beforeAll(async () => {
  node = stack.use(await TestNode.create());
  const labels = { "topology.kubernetes.io/zone": LOCAL_ZONE };
  node.put({ apiVersion: "v1", kind: "Node", metadata: { name: LOCAL_NODE, labels } });
  // Refusals are ICMP messages, of which the kernel sends only a few per second to one address.
  for (const [name, value] of [
    ["icmp_ratelimit", "0"],
    ["icmp_msgs_per_sec", "100000"],
    ["icmp_msgs_burst", "100000"],
  ] as const) {
    writeSysctl(["net", "ipv4", name], value, { namespace: node.host.path });
  }
  for (const name of [...LOCAL_SERVERS, "client"]) {
    const pod = await node.addPod();
    namespaces.set(name, pod.namespace);
    addresses.set(name, pod.address);
    stack.use(serveTcp(pod.namespace, 8080, name));
    stack.use(await serveUdp(pod.namespace, 8080, name));
  }
  namespaces.set("host", node.host).set("outside", node.outside);
  for (const [name, address] of Object.entries(REMOTE_SERVERS)) {
    using routes = new RouteSocket({ namespace: node.outside.path });
    routes.addAddress({ link: routes.link("lo")?.index ?? 0, address: `${address}/32` });
    stack.use(serveTcp(node.outside, 8080, name, address));
    stack.use(await serveUdp(node.outside, 8080, name, address));
  }
  node.host.route("10.42.1.0/24", OUTSIDE_IP);
  // A process can only send to an address that it has a route for.
  node.host.route("20.0.0.0/15", OUTSIDE_IP);
  node.outside.route("10.42.0.0/24", NODE_IP);
  node.outside.route("10.43.0.0/16", NODE_IP);
  node.outside.route("20.0.0.0/15", NODE_IP);
}, SETUP_MS);

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
    await removeIptablesRules(iptablesIn(node.host));
  },
  300_000,
);

async function check(
  each: Sample,
  index: number,
  { frontend, client }: Probe,
  mode: "nftables" | "iptables",
): Promise<string | undefined> {
  const from: ReferenceClient = {
    kind: client === "host" || client === "outside" ? client : "pod",
    server: client,
  };
  const expectation = expectationOf(each, frontend, from);
  const namespace = namespaces.get(client);
  if (namespace === undefined) throw new RangeError(`No client "${client}"`);
  const [host, port] = targetOf(frontend, index);
  const ask = each.protocol === "TCP" ? askTcp : askUdp;
  const answer = await ask(namespace, host, port);
  // What is dropped on its way out of the host itself fails right at the sender.
  const refused = client === "host" && answer === "EPERM" ? expectation.type : undefined;
  if (refused === "refused" || refused === "silent") return undefined;
  if (allowedAnswers(expectation, client).includes(answer)) return undefined;
  if (mode === "iptables" && isKnownOfIptables(each, { frontend, client }, from, answer)) return undefined;
  const facts = JSON.stringify({ ...each, probes: undefined });
  return `${client} -> ${frontend} ${host}:${String(port)}: got "${answer}", wanted ${JSON.stringify(expectation)} of ${facts}`;
}

/**
 * What kube-proxy's iptables rules do otherwise where a Service has no endpoints: source ranges keep nobody out, and
 * what the host itself sends to an external address is left alone.
 */
function isKnownOfIptables(
  each: Sample,
  { frontend, client }: Probe,
  from: ReferenceClient,
  answer: string,
): boolean {
  const open = expectationOf({ ...each, sources: undefined }, frontend, from);
  if (open.type !== "refused") return false;
  const isExternal = frontend === "externalIP" || frontend === "loadBalancer";
  return answer === "ECONNREFUSED" || (client === "host" && isExternal && answer === "timeout");
}

function allowedAnswers(expectation: Expectation, client: string): readonly string[] {
  if (expectation.type === "refused") return ["ECONNREFUSED"];
  if (expectation.type === "silent") return ["timeout"];
  return expectation.by.map(({ server, masqueraded }) => {
    // Masqueraded packets have the address of the link by which they leave.
    const ofNode = server in REMOTE_SERVERS ? NODE_IP : GATEWAY;
    return `${server} ${masqueraded ? ofNode : ownAddressOf(client)}`;
  });
}

/** The host sends to cluster IPs from the address of the bridge. */
function ownAddressOf(client: string): string {
  if (client === "host") return GATEWAY;
  return client === "outside" ? OUTSIDE_IP : (addresses.get(client) ?? "");
}

function objectsOf(each: Sample, index: number): readonly NewObject[] {
  const name = `s${String(index)}`;
  const { protocol, internalTrafficPolicy, externalTrafficPolicy, affinity } = each;
  const service = aService(name, clusterIPOf(index), {
    type: "LoadBalancer",
    ports: [{ protocol, nodePort: nodePortOf(index) }],
    loadBalancerIPs: [loadBalancerIPOf(index)],
    ...(each.sources && { loadBalancerSourceRanges: each.sources.map((source) => SOURCE_RANGES[source]) }),
    externalIPs: [externalIPOf(index)],
    internalTrafficPolicy,
    externalTrafficPolicy,
    sessionAffinity: affinity,
  });
  const endpoints = each.endpoints.map(({ server, zone, ...facts }) =>
    anEndpoint(addresses.get(server) ?? "", { ...facts, ...(each.isZonal && { forZones: [zone] }) }),
  );
  return [service, anEndpointSlice(name, endpoints, { ports: [{ name: "", port: 8080, protocol }] })];
}

function targetOf(frontend: FrontendKind, index: number): readonly [host: string, port: number] {
  if (frontend === "nodePort") return [NODE_IP, nodePortOf(index)];
  if (frontend === "loopback") return ["127.0.0.1", nodePortOf(index)];
  const addressOf = { clusterIP: clusterIPOf, externalIP: externalIPOf, loadBalancer: loadBalancerIPOf };
  return [addressOf[frontend](index), 80];
}

function clusterIPOf(index: number): string {
  return `10.43.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function externalIPOf(index: number): string {
  return `20.0.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function loadBalancerIPOf(index: number): string {
  return `20.1.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function nodePortOf(index: number): number {
  return 30_000 + index;
}
