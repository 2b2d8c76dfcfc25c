import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { decode, encode, type Answer as Record } from "dns-packet";
import { TaskGroup } from "#base/task-group.ts";
import type { Client } from "#client/client.ts";
import { createClusterResponder } from "#network/dns/cluster-dns.ts";
import { noDnsMetrics } from "#network/dns/dns-metrics.ts";
import type { Responder } from "#network/dns/responder.ts";
import { type LogFields, type Logger, silentLogger } from "#observability/logger.ts";
import { ReflectedInformers } from "#reconcile/shared-informers.ts";
import { aCluster, type TestCluster } from "#testing/cluster.ts";
import { seededRandom } from "#testing/seeded-random.ts";

const DNS_USER = { name: "system:kubelith:cluster-dns", groups: ["system:authenticated"] };

let cluster: TestCluster;
let responder: Responder;
let isAway = false;
const warnings: string[] = [];
const stack = new AsyncDisposableStack();

beforeAll(async () => {
  cluster = stack.use(await aCluster());
  const { clock } = cluster;
  const shared = { clock, random: seededRandom(3), logger: silentLogger };
  const client = cluster.as(DNS_USER);
  const informers = stack.use(new ReflectedInformers({ ...shared, client: sometimesAway(client) }));
  const tasks = stack.use(new TaskGroup(() => undefined));
  const options = {
    nodeName: "n1",
    addresses: [],
    serviceAddresses: [],
    domain: "cluster.local",
    networks: ["10.96.0.0/12"],
    resolvConf: "/nonexistent/resolv.conf",
  };
  responder = createClusterResponder(options, {
    ...shared,
    logger: warningsTo(warnings),
    client,
    informers,
    metrics: noDnsMetrics,
    tasks,
  });
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
    await cluster.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "coredns-custom", namespace: "kube-system" },
      data: {
        "a.override": text,
        "b.server": "blocked.example { hosts {\n192.0.2.8 ok.blocked.example\n} }",
        "ignored.txt": "}",
      },
    });
    await cluster.settle();
    expect(await ask("A db.corp.example")).toEqual(["A 192.0.2.7"]);
    expect(await ask("A api.corp.example")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A ok.blocked.example")).toEqual(["A 192.0.2.8"]);
    expect(await ask("A other.blocked.example")).toEqual(["NXDOMAIN"]);
    expect(warnings).toEqual(["a.override: dnssec (line 7): the cluster DNS does not know this directive"]);
    await cluster.client.delete("ConfigMap", { name: "coredns-custom", namespace: "kube-system" });
    await cluster.settle();
    expect(await ask("A db.corp.example")).toEqual(["SERVFAIL"]);
  });

  test("goes on answering while the API server is away", async () => {
    isAway = true;
    await cluster.advance(700_000);
    expect(await ask("A web.default.svc.cluster.local")).toEqual(["A 10.96.0.7"]);
    expect(await ask("A nosuch.default.svc.cluster.local")).toEqual(["NXDOMAIN"]);
    isAway = false;
  });
});

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

async function ask(question: string): Promise<readonly string[]> {
  const [type = "A", name = ""] = question.split(" ");
  const query = encode({ type: "query", id: 1, questions: [{ name, type: type as "A" }] });
  const bytes = await responder.respond(query, { address: "10.42.0.9", transport: "udp" });
  const { answers = [], ...packet } = decode(Buffer.from(bytes ?? []));
  return answers.length === 0 ? [(packet as { rcode?: string }).rcode ?? ""] : answers.map(describeRecord);
}

function describeRecord(record: Record): string {
  return record.type === "A" || record.type === "PTR" ? `${record.type} ${record.data}` : record.type;
}

function warningsTo(list: string[]): Logger {
  const warn = (_message: string, fields?: LogFields): void => {
    list.push(String(fields?.["problem"]));
  };
  return { ...silentLogger, warn, with: () => warningsTo(list) };
}
