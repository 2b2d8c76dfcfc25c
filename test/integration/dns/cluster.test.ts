import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { decode, encode, type Answer as Record } from "dns-packet";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import { createClusterResponder } from "#network/dns/cluster-dns.ts";
import { createDnsMetrics } from "#network/dns/dns-metrics.ts";
import type { Responder } from "#network/dns/responder.ts";
import { type LogFields, type Logger, silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { ApiEventRecorder } from "#reconcile/event-recorder.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { seededRandom } from "#testing/seeded-random.ts";
import { until } from "../until.ts";

const DNS_USER = { name: "system:kubelith:cluster-dns", groups: ["system:authenticated"] };
const NODE_USER = { name: "system:node:n1", groups: ["system:nodes", "system:authenticated"] };
const RULES = { namespace: "kube-system", name: "coredns-custom" };

let cluster: TestCluster;
let responder: Responder;
let isAway = false;
const warnings: string[] = [];
const metrics = new Metrics();
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  cluster = stack.use(await aCluster());
  const { clock } = cluster;
  const shared = { clock, random: seededRandom(3), logger: silentLogger };
  const client = cluster.as(DNS_USER);
  const informers = stack.use(new ReflectedInformers({ ...shared, client: sometimesAway(client) }));
  const nodeClient = cluster.as(NODE_USER);
  const nodeInformers = stack.use(new ReflectedInformers({ ...shared, client: sometimesAway(nodeClient) }));
  const tasks = stack.use(new TaskGroup(() => undefined));
  const options = {
    nodeName: "n1",
    addresses: [],
    serviceAddresses: ["10.96.0.10"],
    domain: "cluster.local",
    networks: ["10.96.0.0/12"],
    resolvConf: "/nonexistent/resolv.conf",
  };
  ({ responder } = createClusterResponder(options, {
    ...shared,
    logger: warningsTo(warnings),
    client: nodeClient,
    informers,
    nodeInformers,
    events: stack.use(
      new ApiEventRecorder({ component: "cluster-dns", host: "n1" }, { ...shared, client: nodeClient }),
    ),
    metrics: createDnsMetrics(metrics),
    tasks,
  }));
  await cluster.settle();
});

afterAll(() => stack.disposeAsync());

describe("the DNS of a cluster", () => {
  test("follows Services", async () => {
    expect(await ask("A web.default.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    await cluster.client.create("Service", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "default" },
      spec: { clusterIP: "10.96.0.7", ports: [{ name: "http", port: 80 }] },
    });
    await cluster.settle();
    expect(await ask("A web.default.svc.cluster.local")).toEqual(["A 10.96.0.7"]);
    expect(await ask("PTR 7.0.96.10.in-addr.arpa")).toEqual(["PTR web.default.svc.cluster.local"]);
  });

  test("knows nodes by their names", async () => {
    const { status } = await cluster.client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "n1" },
      spec: {},
      status: { addresses: [{ type: "InternalIP", address: "192.168.7.1" }] },
    });
    expect(status?.addresses).toHaveLength(1);
    await cluster.settle();
    expect(await ask("A n1")).toEqual(["A 192.168.7.1"]);
    expect(await ask("PTR 1.7.168.192.in-addr.arpa")).toEqual(["PTR n1"]);
  });

  test("takes rules from the ConfigMap coredns-custom, and says which it does not know", async () => {
    const text = `
      hosts {
        192.0.2.7 db.corp.example
        fallthrough
      }
      rewrite name api.corp.example web.default.svc.cluster.local
      dnssec`;
    await writeRules({
      "a.override": text,
      "b.server": "blocked.example { hosts {\n192.0.2.8 ok.blocked.example\n} }",
      "ignored.txt": "}",
    });
    expect(await ask("A db.corp.example")).toEqual(["A 192.0.2.7"]);
    expect(await ask("A api.corp.example")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A ok.blocked.example")).toEqual(["A 192.0.2.8"]);
    expect(await ask("A other.blocked.example")).toEqual(["NXDOMAIN"]);
    expect(warnings).toEqual(["a.override: dnssec (line 7): the cluster DNS does not know this directive"]);
    await cluster.client.delete("ConfigMap", RULES);
    await cluster.settle();
    expect(await ask("A db.corp.example")).toEqual(["SERVFAIL"]);
  });

  test("follows names from one block of rules to another", async () => {
    const rewrite = "rewrite name suffix .DOMAIN .default.svc.cluster.local answer auto";
    await writeRules({
      "a.server": `apps.example {\n${rewrite.replace("DOMAIN", "apps.example")}\nforward . 10.96.0.10\n}`,
      "b.server": `kube.example {\n${rewrite.replace("DOMAIN", "kube.example")}\nkubernetes cluster.local\n}`,
      "c.server": "corp.example {\nhosts {\n192.0.2.9 db.corp.example\n}\n}",
      "d.server": "circle.example { forward . 10.96.0.10 }",
      "e.override": `template IN A wild.example {
        answer "{{ .Name }} 60 IN CNAME web.default.svc.cluster.local."
      }
      rewrite name api.example web.default.svc.cluster.local`,
      "f.server": "zone.example { file /etc/coredns/custom/db.zone }",
      "db.zone": "@ SOA ns admin 1 2 3 4 5\nweb CNAME web.default.svc.cluster.local.\n",
    });
    await cluster.client.create("Service", {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "db", namespace: "default" },
      spec: { type: "ExternalName", externalName: "db.corp.example" },
    });
    await addPod("10.42.0.77");
    expect(await ask("A web.apps.example")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A nosuch.apps.example")).toEqual(["NXDOMAIN"]);
    expect(await ask("A web.kube.example")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A web.zone.example")).toEqual(["CNAME web.default.svc.cluster.local", "A 10.96.0.7"]);
    expect(await ask("A nosuch.zone.example")).toEqual(["NXDOMAIN"]);
    expect(await ask("A x.circle.example")).toEqual(["SERVFAIL"]);
    expect(await ask("A any.wild.example")).toEqual(["CNAME web.default.svc.cluster.local", "A 10.96.0.7"]);
    expect(await ask("A db.default.svc.cluster.local")).toEqual(["CNAME db.corp.example", "A 192.0.2.9"]);
    const searched = (name: string): Promise<readonly string[]> =>
      ask(`A ${name}.default.svc.cluster.local`, "10.42.0.77");
    expect(await searched("db.corp.example")).toEqual(["CNAME db.corp.example", "A 192.0.2.9"]);
    expect(await searched("api.example")).toEqual(["CNAME api.example", "A 10.96.0.7"]);
    await cluster.client.delete("ConfigMap", RULES);
  });

  test("goes on answering while the API server is away", async () => {
    isAway = true;
    await cluster.advance(700_000);
    expect(await ask("A web.default.svc.cluster.local")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A nosuch.default.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    isAway = false;
    await cluster.advance(60_000);
  });
});

describe("what is wrong with the DNS of a cluster", () => {
  const UNKNOWN = "x.override: dnssec (line 1): the cluster DNS does not know this directive";

  beforeEach(async () => {
    for (const namespace of ["default", "kube-system"])
      await cluster.client.deleteCollection("Event", { namespace });
    await cluster.settle();
  });

  afterEach(async () => {
    await cluster.client.delete("ConfigMap", RULES);
    await cluster.settle();
  });

  test("with rules is said of their ConfigMap, counted when it goes on, and over when they are mended", async () => {
    await writeRules({ "x.override": "dnssec", "y.server": "a.example {" });
    const problem = `${UNKNOWN}; y.server: line 1: "{" is not closed`;
    expect(await events()).toEqual([`1 ConfigMap coredns-custom DNSRuleIgnored: ${problem}`]);
    await writeRules({ "x.override": "dnssec", "y.server": "a.example {", "z.txt": "" });
    expect(await events()).toEqual([`2 ConfigMap coredns-custom DNSRuleIgnored: ${problem}`]);
    await writeRules({ "x.override": "errors" });
    await cluster.client.patch("ConfigMap", RULES, {
      type: "merge",
      document: { metadata: { labels: { a: "b" } } },
    });
    await cluster.settle();
    expect(await events()).toEqual([`2 ConfigMap coredns-custom DNSRuleIgnored: ${problem}`]);
  });

  test("is said in not too many words", async () => {
    const lines = Array.from({ length: 40 }, () => "dnssec");
    await writeRules({ "x.override": lines.join("\n") });
    const [said = ""] = await events();
    expect(said.length).toBeLessThan(1100);
    expect(said).toEndWith("; and 27 more");
    await writeRules({ "x.override": `rewrite ${"x".repeat(2000)} a b` });
    expect((await events()).at(-1)?.length).toBeLessThan(1100);
  });

  test("with a server that leads back is said of the node, once", async () => {
    const bounce = await openSocket();
    bounce.on("message", (message) => {
      void responder.respond(message, { address: "127.0.0.1", transport: "udp" });
    });
    const way = `127.0.0.1:${String(bounce.address().port)}`;
    await writeRules({ "loop.server": `loop.example { forward . ${way} }` });
    const answers: string[] = [];
    for (const name of ["x", "y"])
      void ask(`A ${name}.loop.example`).then((answer) => answers.push(...answer));
    await until(async () => (await events()).length > 0);
    bounce.close();
    await until(async () => {
      await cluster.clock.advance(1000);
      return answers.length === 2;
    });
    expect(await events()).toEqual([
      `1 Node n1 DNSForwardingLoop: The DNS server ${way} leads back to the cluster DNS and is not asked any more`,
    ]);
    expect(await metrics.expose()).toContain('kubelith_dns_problems_total{reason="DNSForwardingLoop"} 1');
  });

  test("with a server that is away for long is said of the node, and counted while it lasts", async () => {
    const closed = await openSocket();
    const { port } = closed.address();
    closed.close();
    await writeRules({ "away.server": `away.example { forward . 127.0.0.1:${String(port)} }` });
    expect(await ask("A x.away.example")).toEqual(["SERVFAIL"]);
    await cluster.clock.advance(20_000);
    expect(await events()).toEqual([]);
    const afterAWhile = async (count: number): Promise<void> => {
      await until(async () => {
        await cluster.clock.advance(10_000);
        return (await events()).length > 0 && !(await events())[0]?.startsWith(`${String(count - 1)} `);
      });
      expect(await events()).toEqual([
        `${String(count)} Node n1 DNSServerUnreachable: The DNS server 127.0.0.1:${String(port)} has not answered for a while`,
      ]);
    };
    await afterAWhile(1);
    await afterAWhile(2);
  });
});

function openSocket(): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
}

async function writeRules(data: { readonly [key: string]: string }): Promise<void> {
  const rules = { apiVersion: "v1", kind: "ConfigMap", metadata: RULES, data } as const;
  await cluster.client.create("ConfigMap", rules).catch(() =>
    cluster.client.patch("ConfigMap", RULES, {
      type: "json",
      document: [{ op: "replace", path: "/data", value: data }],
    }),
  );
  await cluster.settle();
}

async function addPod(ip: string): Promise<void> {
  await cluster.client.create("ServiceAccount", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "default", namespace: "default" },
  });
  const pod = await cluster.client.create("Pod", {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "client", namespace: "default" },
    spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
  });
  await cluster.client.updateStatus("Pod", { ...pod, status: { podIP: ip, podIPs: [{ ip }] } });
  await cluster.settle();
}

/** How often what was said of which object. */
async function events(): Promise<readonly string[]> {
  await cluster.settle();
  const { items } = await cluster.client.list("Event");
  return items.map(
    ({ count, involvedObject: { kind, name }, reason, message }) =>
      `${String(count)} ${kind ?? ""} ${name ?? ""} ${reason ?? ""}: ${message ?? ""}`,
  );
}

/** A client whose lists and watches fail while the API server is away. */
function sometimesAway(client: Client): Client {
  const fail = (): void => {
    if (isAway) throw new Error("The API server is away");
  };
  return {
    ...client,
    list: (...args: Parameters<Client["list"]>) => {
      fail();
      return client.list(...args);
    },
    watch: (...args: Parameters<Client["watch"]>) => {
      fail();
      return client.watch(...args);
    },
  } as Client;
}

async function ask(question: string, address = "10.42.0.9"): Promise<readonly string[]> {
  const [type = "A", name = ""] = question.split(" ");
  const query = encode({ type: "query", id: 1, questions: [{ name, type: type as "A" }] });
  const bytes = await responder.respond(query, { address, transport: "udp" });
  const { answers = [], ...packet } = decode(Buffer.from(bytes ?? []));
  return answers.length === 0 ? [(packet as { rcode?: string }).rcode ?? ""] : answers.map(describeRecord);
}

function describeRecord(record: Record): string {
  const { type } = record;
  return type === "A" || type === "PTR" || type === "CNAME" ? `${type} ${record.data}` : type;
}

function warningsTo(list: string[]): Logger {
  const warn = (_message: string, fields?: LogFields): void => {
    list.push(String(fields?.["problem"]));
  };
  return { ...silentLogger, warn, with: () => warningsTo(list) };
}
