import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { NewObject } from "#apimachinery/meta.ts";
import { RouteSocket } from "#network/netlink/route/route-socket.ts";
import { writeSysctl } from "#network/netlink/sysctl.ts";
import { anEndpoint, anEndpointSlice, aService } from "#testing/service-objects.ts";
import type { TestNamespace } from "./network-lab.ts";
import { GATEWAY, NODE_IP, OUTSIDE_IP, TestNode } from "./network-node.ts";
import {
  type Expectation,
  expectationOf,
  type FrontendKind,
  type ReferenceClient,
  type ReferenceService,
} from "./network-reference.ts";
import { askTcp, askUdp, serveTcp, serveUdp, until } from "./network-traffic.ts";

const SERVICES = 1_000;
const PROBES_PER_SERVICE = 4;
/** Silent ones take long, so many run at once; each is a socket of this process. */
const PARALLEL_PROBES = 200;

const LOCAL_SERVERS = ["a", "b", "c"];
/** Endpoints on another node, which the outside host plays. */
const REMOTE_SERVERS: Readonly<Record<string, string>> = { x: "10.42.1.5", y: "10.42.1.6" };

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
    node: server in REMOTE_SERVERS ? "n2" : "n1",
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
  endpoints: fc.uniqueArray(endpoint, { maxLength: 5, selector: ({ server }) => server }),
  probes: fc.array(
    fc.record({
      frontend: fc.constantFrom("clusterIP", "nodePort", "externalIP"),
      client: fc.constantFrom("a", "b", "client", "host", "outside"),
    }),
    { minLength: PROBES_PER_SERVICE, maxLength: PROBES_PER_SERVICE },
  ),
});

let node: TestNode;
const stack = new AsyncDisposableStack();
const namespaces = new Map<string, TestNamespace>();
const addresses = new Map<string, string>(Object.entries(REMOTE_SERVERS));

beforeAll(async () => {
  node = stack.use(await TestNode.create());
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
  node.host.route("20.0.0.0/16", OUTSIDE_IP);
  node.outside.route("10.42.0.0/24", NODE_IP);
  node.outside.route("10.43.0.0/16", NODE_IP);
  node.outside.route("20.0.0.0/16", NODE_IP);
});

afterAll(() => stack.disposeAsync());

test(`${String(SERVICES)} random Services answer as Kubernetes promises`, async () => {
  const seed = Number(process.env["SEED"] ?? Date.now());
  const samples = fc.sample(sample, { numRuns: SERVICES, seed });
  node.put(...samples.flatMap(objectsOf));
  await node.startProxy();
  await until("the last Service is there", () =>
    node.host.run("nft", "list", "set", "ip", "kubelith", "cluster-ips").includes(clusterIPOf(SERVICES - 1)),
  );
  const wrong: string[] = [];
  const probes = samples.flatMap((each, index) => each.probes.map((probe) => ({ each, index, probe })));
  const work = probes.values();
  const probeAll = async (): Promise<void> => {
    for (const { each, index, probe } of work) {
      const problem = await check(each, index, probe);
      if (problem !== undefined) wrong.push(problem);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_PROBES }, probeAll));
  expect(wrong.slice(0, 10), `seed ${String(seed)}`).toEqual([]);
}, 300_000);

async function check(each: Sample, index: number, { frontend, client }: Probe): Promise<string | undefined> {
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
  const facts = JSON.stringify({ ...each, probes: undefined });
  return `${client} -> ${frontend} ${host}:${String(port)}: got "${answer}", wanted ${JSON.stringify(expectation)} of ${facts}`;
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
    type: "NodePort",
    ports: [{ protocol, nodePort: nodePortOf(index) }],
    externalIPs: [externalIPOf(index)],
    internalTrafficPolicy,
    externalTrafficPolicy,
    sessionAffinity: affinity,
  });
  const endpoints = each.endpoints.map(({ server, ...facts }) =>
    anEndpoint(addresses.get(server) ?? "", facts),
  );
  return [service, anEndpointSlice(name, endpoints, { ports: [{ name: "", port: 8080, protocol }] })];
}

function targetOf(frontend: FrontendKind, index: number): readonly [host: string, port: number] {
  if (frontend === "nodePort") return [NODE_IP, nodePortOf(index)];
  return [frontend === "clusterIP" ? clusterIPOf(index) : externalIPOf(index), 80];
}

function clusterIPOf(index: number): string {
  return `10.43.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function externalIPOf(index: number): string {
  return `20.0.${String(1 + (index >> 8))}.${String(index & 255)}`;
}

function nodePortOf(index: number): number {
  return 30_000 + index;
}
