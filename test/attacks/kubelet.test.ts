/** The port of a kubelet, which runs commands in its pods for the API server and for whom that allows it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { CertificateTemplate, Credential, Subject } from "#pki/certificate.ts";
import type { AuthorityName } from "#pki/wanted.ts";
import { aNode, aPod, aServiceAccount } from "#testing/objects.ts";
import { HttpClient, type HttpClientOptions } from "../integration/front/http-client.ts";
import { type StreamCluster, startStreamCluster } from "../integration/streams/stream-cluster.ts";
import { issueFor } from "./stolen-authority.ts";

const SCRAPER = "scraper";

let cluster: StreamCluster;
const clients = new AsyncDisposableStack();
let nobody: HttpClient;
let jane: HttpClient;
let apiServer: HttpClient;
beforeAll(async () => {
  cluster = await startStreamCluster();
  nobody = connect({});
  jane = connect({ credential: await certificate({ commonName: "jane" }) });
  apiServer = connect({ credential: cluster.server.pki.credentials["client-kube-apiserver"] });
});
afterAll(async () => {
  await clients.disposeAsync();
  await cluster?.[Symbol.asyncDispose]();
});

function connect(options: Partial<HttpClientOptions>): HttpClient {
  const url = `https://127.0.0.1:${String(cluster.kubeletPort)}`;
  const authority = cluster.server.pki.authorities["server-ca"];
  return clients.use(new HttpClient({ url, protocol: "h2", authority, ...options }));
}

async function certificate(
  subject: Subject,
  issuer: AuthorityName = "client-ca",
  changes: Partial<CertificateTemplate> = {},
): Promise<Credential> {
  return await issueFor(join(cluster.server.directory, "tls"), { subject, ...changes }, issuer);
}

test("what is allowed: the API server sees the pods", async () => {
  expect((await apiServer.send({ path: "/pods" })).status).toBe(200);
  expect((await apiServer.send({ path: "/healthz" })).status).toBe(200);
});

const PATHS: readonly (readonly [method: string, path: string])[] = [
  ["GET", "/pods"],
  ["GET", "/pods/"],
  ["GET", "/runningpods/"],
  ["GET", "/healthz"],
  ["GET", "/metrics"],
  ["GET", "/metrics/cadvisor"],
  ["GET", "/stats/summary"],
  ["GET", "/logs/"],
  ["GET", "/logs/../../../etc/shadow"],
  ["GET", "/configz"],
  ["GET", "/debug/pprof/"],
  ["POST", "/debug/flags/v"],
  ["POST", "/checkpoint/default/web/app"],
  ["GET", "/containerLogs/default/web/app"],
  ["GET", "/exec/default/web/app?command=id&output=1"],
  ["POST", "/exec/default/web/app?command=id&output=1"],
  ["POST", "/attach/default/web/app"],
  ["POST", "/run/default/web/app?cmd=id"],
  ["POST", "/portForward/default/web"],
  ["GET", "/cri/exec/token"],
  ["GET", "/nowhere"],
  ["GET", "/healthz/../pods"],
  ["GET", "/healthz/%2e%2e/pods"],
  ["GET", "//pods"],
  ["GET", "/healthz%2f..%2fpods"],
];

describe("a kubelet does not say what there is", () => {
  test.each(PATHS)("to nobody: %s %s", async (method, path) => {
    const { status, text } = await nobody.send({ method, path });
    expect([status, text]).toEqual([401, "Unauthorized"]);
  });

  test.each(PATHS)("to a user: %s %s", async (method, path) => {
    const { status, text } = await jane.send({ method, path });
    expect([status, text]).toEqual([403, expect.stringContaining("Forbidden (user=jane, verb=")]);
  });
});

describe("a kubelet does not believe", () => {
  const ADMIN = { commonName: "system:admin", organizations: ["system:masters"] };
  const attacks: { name: string; options: () => Promise<Partial<HttpClientOptions>>; status: number }[] = [
    {
      name: "who has the API server's name alone",
      options: async () => ({
        credential: await certificate({ commonName: "kube-apiserver-kubelet-client" }),
      }),
      status: 403,
    },
    {
      name: "the node itself",
      options: () => Promise.resolve({ credential: cluster.server.pki.credentials["client-kubelet"] }),
      status: 403,
    },
    {
      name: "the authority of proxies",
      options: async () => ({ credential: await certificate(ADMIN, "request-header-ca") }),
      status: 401,
    },
    {
      name: "the authority of servers",
      options: async () => ({ credential: await certificate(ADMIN, "server-ca") }),
      status: 401,
    },
    {
      name: "a certificate for servers",
      options: async () => ({ credential: await certificate(ADMIN, "client-ca", { usage: "serverAuth" }) }),
      status: 401,
    },
    {
      name: "a certificate that has expired",
      options: async () => ({
        credential: await certificate(ADMIN, "client-ca", { notAfter: Date.now() - 1000 }),
      }),
      status: 401,
    },
    {
      name: "headers of a front proxy",
      options: () =>
        Promise.resolve({ headers: { "x-remote-user": "system:admin", "x-remote-group": "system:masters" } }),
      status: 401,
    },
    {
      name: "that a user is another",
      options: async () => ({
        credential: await certificate({ commonName: "jane" }),
        headers: { "impersonate-user": "system:admin", "impersonate-group": "system:masters" },
      }),
      status: 403,
    },
    {
      name: "a bearer token",
      options: () => Promise.resolve({ headers: { authorization: "Bearer anything" } }),
      status: 401,
    },
  ];
  test.each(attacks)("$name", async ({ options, status }) => {
    const client = connect(await options());
    expect((await client.send({ path: "/pods" })).status).toBe(status);
    expect((await client.send({ method: "POST", path: "/exec/default/web/app?command=id" })).status).toBe(
      status,
    );
  });
});

describe("who may see the metrics of nodes has no such right as", () => {
  let scraper: HttpClient;
  beforeAll(async () => {
    scraper = await connectAsScraper();
  });

  test("what is allowed", async () => {
    expect((await scraper.send({ path: "/metrics" })).status).toBe(200);
  });

  test.each(PATHS.filter(([, path]) => !path.startsWith("/metrics")))("%s %s", async (method, path) => {
    const { status, text } = await scraper.send({ method, path });
    expect([status, text]).toEqual([403, expect.stringContaining("system:serviceaccount:default:scraper")]);
  });

  test("a token for another audience", async () => {
    const token = await tokenFor(["vault"]);
    const client = connect({ headers: { authorization: `Bearer ${token}` } });
    expect((await client.send({ path: "/metrics" })).status).toBe(401);
  });
});

async function connectAsScraper(): Promise<HttpClient> {
  const { client } = cluster.server;
  const metadata = { name: SCRAPER };
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const apiGroup = "rbac.authorization.k8s.io";
  const rules = [{ apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] }];
  await client.create("ServiceAccount", aServiceAccount(SCRAPER));
  await client.create("ClusterRole", { apiVersion, kind: "ClusterRole", metadata, rules });
  await client.create("ClusterRoleBinding", {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata,
    roleRef: { apiGroup, kind: "ClusterRole", name: SCRAPER },
    subjects: [{ kind: "ServiceAccount", namespace: "default", name: SCRAPER }],
  });
  return connect({ headers: { authorization: `Bearer ${await tokenFor([])}` } });
}

async function tokenFor(audiences: readonly string[]): Promise<string> {
  const answer = await cluster.server.connect().send({
    method: "POST",
    path: `/api/v1/namespaces/default/serviceaccounts/${SCRAPER}/token`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec: { audiences } }),
  });
  return answer.json<{ readonly status: { readonly token: string } }>().status.token;
}

describe("not even the API server gets", () => {
  test.each([
    ["GET", "/logs/", 404],
    ["GET", "/logs/%2e%2e/%2e%2e/etc/shadow", 404],
    ["GET", "/configz", 404],
    ["GET", "/debug/pprof/", 404],
    ["POST", "/run/default/web/app?cmd=id", 404],
    ["GET", "/healthz/../pods", 404],
    ["GET", "/exec/default/web/app?command=id&output=1", 500],
    ["GET", "/containerLogs/default/web/..", 404],
    ["GET", "/containerLogs/default/web/app%2f..%2fother", 404],
  ] as const)("%s %s", async (method, path, code) => {
    expect((await apiServer.send({ method, path })).status).toBe(code);
  });
});

describe("the API server takes no kubelet for that of another node", () => {
  const heard: string[] = [];
  let asked: string;
  beforeAll(async () => {
    // A node gets certificates for the addresses that it says it has.
    const { certificate: cert, key } = await certificate(
      { commonName: "system:node:n1", organizations: ["system:nodes"] },
      "server-ca",
      { usage: "serverAuth", subjectAltNames: ["n1", "127.0.0.1"] },
    );
    const mallory = createServer({ cert, key }, (request, response) => {
      heard.push(request.url ?? "");
      response.end("what n1 says");
    });
    await new Promise<void>((resolve) => mallory.listen(0, "127.0.0.1", resolve));
    clients.defer(() => void mallory.close());
    const { port } = mallory.address() as AddressInfo;
    const { client } = cluster.server;
    const node = await client.create("Node", aNode("n2"));
    const status = {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    await client.updateStatus("Node", { ...node, status });
    const pod = await client.create("Pod", aPod("theirs", { spec: { nodeName: "n2" } }));
    await client.updateStatus("Pod", { ...pod, status: { phase: "Running" } });
    asked = "/api/v1/namespaces/default/pods/theirs";
  });

  test.each([
    ["GET", "log"],
    ["POST", "exec?command=id&stdout=true"],
  ])("by its address: %s %s", async (method, what) => {
    const upgrade = method === "GET" ? {} : { connection: "Upgrade", upgrade: "SPDY/3.1" };
    const admin = cluster.server.connect({ protocol: "http/1.1", headers: upgrade });
    const { status, text } = await admin.send({ method, path: `${asked}/${what}` });
    expect([status, text]).toEqual([500, expect.stringContaining('of \\"system:node:n1\\"')]);
    expect(heard).toEqual([]);
  });
});
