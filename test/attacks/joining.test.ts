/** Becoming a node that one is not. What hosts are told who join is in `../integration/join`. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { authorizationOf, JOIN_PATH, NODE_CERTIFICATES } from "#join/join-protocol.ts";
import { parseJoinToken } from "#join/join-token.ts";
import { createCertificateRequest, generateKey } from "#pki/certificate.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";

const KEY = generateKey();
/** A request whose signature is of another key. */
const UNSIGNED = swapKeys(aRequest(KEY), aRequest(generateKey()));

let cluster: AttackedCluster;
/** Shows the server's token. */
let host: HttpClient;
let secret: string;
beforeAll(async () => {
  cluster = await AttackedCluster.start();
  const token = await readFile(join(cluster.plane.directory, "data", "server", "token"), "utf8");
  ({ secret } = parseJoinToken(token.trim()));
  host = withSecret(secret);
  expect(
    (await send(host, `POST ${JOIN_PATH}`, joining({ nodeName: "owned", password: "first" }))).code,
  ).toBe(200);
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function withSecret(text: string, user: "server" | "node" | "bootstrap" = "node"): HttpClient {
  return cluster.connect({ headers: { authorization: authorizationOf({ user, secret: text }) } });
}

function aRequest(key: string, commonName = "x"): string {
  return createCertificateRequest({ commonName, organizations: ["system:masters"] }, key);
}

function swapKeys(first: string, second: string): string {
  const bytesOf = (pem: string): Buffer => Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");
  const [body, other] = [bytesOf(first), bytesOf(second)];
  const mixed = Buffer.concat([body.subarray(0, -40), other.subarray(-40)]);
  return `-----BEGIN CERTIFICATE REQUEST-----\n${mixed.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
}

function joining(changes: object, request = aRequest(KEY)) {
  const requests = Object.fromEntries(NODE_CERTIFICATES.map((name) => [name, request]));
  return { nodeName: "mallory", password: "p", addresses: ["192.0.2.66"], requests, ...changes };
}

describe("what is allowed", () => {
  test("a node with its own certificate and password", async () => {
    const { code } = await send(
      await cluster.asNode("owned"),
      `POST ${JOIN_PATH}`,
      joining({ nodeName: "owned", password: "first" }),
    );
    expect(code).toBe(200);
  });
});

describe("a host does not become a node", () => {
  const attacks: {
    name: string;
    client: () => HttpClient | Promise<HttpClient>;
    changes?: object;
    request?: string;
    code: number;
  }[] = [
    { name: "without a token", client: () => cluster.connect(), code: 401 },
    { name: "with another token", client: () => withSecret(`${secret}0`), code: 401 },
    { name: "with the beginning of the token", client: () => withSecret(secret.slice(0, -1)), code: 401 },
    { name: "with no secret", client: () => withSecret(""), code: 401 },
    {
      name: "with the server's token as a bootstrap token",
      client: () => withSecret(secret, "bootstrap"),
      code: 401,
    },
    {
      name: "with a bootstrap token that there is not",
      client: () => withSecret("abcdef.0123456789abcdef", "bootstrap"),
      code: 401,
    },
    { name: "as a user", client: () => cluster.as("jane"), code: 401 },
    { name: "as another node", client: () => cluster.asNode("n2"), code: 401 },
    {
      name: "as a node that is no member of the nodes",
      client: () => cluster.as("system:node:mallory"),
      code: 401,
    },
    { name: "of a name that another has", client: () => host, changes: { nodeName: "owned" }, code: 403 },
    {
      name: "of another's name without a password",
      client: () => host,
      changes: { nodeName: "owned", password: "" },
      code: 403,
    },
    {
      name: "of another's name with its certificate",
      client: () => cluster.asNode("owned"),
      changes: { nodeName: "owned" },
      code: 403,
    },
    { name: "of the server's name", client: () => host, changes: { nodeName: "kubernetes" }, code: 403 },
    { name: "of the server's node", client: () => host, changes: { nodeName: "n1" }, code: 403 },
    {
      name: "of a name that is a path",
      client: () => host,
      changes: { nodeName: "../../server/tls/x" },
      code: 403,
    },
    {
      name: "of a name that is a group",
      client: () => host,
      changes: { nodeName: "x,O=system:masters" },
      code: 403,
    },
    {
      name: "at the server's address",
      client: () => host,
      changes: { addresses: ["192.0.2.10"] },
      code: 403,
    },
    {
      name: "at the address of a Service",
      client: () => host,
      changes: { addresses: ["10.43.0.1"] },
      code: 403,
    },
    { name: "at loopback", client: () => host, changes: { addresses: ["127.0.0.1"] }, code: 403 },
    ...["::ffff:127.0.0.1", "::ffff:192.0.2.10", "::ffff:10.43.0.1", "0.0.0.0", "fe80::1"].map((address) => ({
      name: `at ${address}`,
      client: () => host,
      changes: { addresses: [address] },
      code: 403,
    })),
    { name: "at a name", client: () => host, changes: { addresses: ["kubernetes.default"] }, code: 403 },
    { name: "with somebody else's key", client: () => host, request: UNSIGNED, code: 400 },
    { name: "with no key", client: () => host, request: "x", code: 400 },
    { name: "with half a request", client: () => host, changes: { requests: {} }, code: 400 },
  ];
  test.each(attacks)("$name", async ({ client, changes = {}, request, code }) => {
    const answer = await send(await client(), `POST ${JOIN_PATH}`, joining(changes, request));
    expect(answer.code).toBe(code);
    expect(answer.message).not.toContain("BEGIN CERTIFICATE");
  });

  test("of more than its subject, whatever it asks for", async () => {
    const { document } = await send(host, `POST ${JOIN_PATH}`, joining({ nodeName: "modest" }));
    const { certificates } = document as { certificates: Readonly<Record<string, string>> };
    const credential = { certificate: certificates["client-kubelet"] ?? "", key: KEY };
    const review = await send(
      cluster.connect({ credential }),
      "POST /apis/authentication.k8s.io/v1/selfsubjectreviews",
      {},
    );
    expect(review.document).toMatchObject({
      status: {
        userInfo: { username: "system:node:modest", groups: ["system:nodes", "system:authenticated"] },
      },
    });
  });
});

describe("what is the server's own is not open to", () => {
  const routes = [
    "GET /v1-kubelith/secrets-encrypt",
    "POST /v1-kubelith/secrets-encrypt",
    "POST /v1-kubelith/certificates",
    "GET /debug/api_priority_and_fairness/dump_queues",
    "GET /metrics",
    "GET /api/v1/namespaces/kube-system/secrets/owned.node-password.kubelith",
  ];
  const people: { who: string; client: () => HttpClient | Promise<HttpClient>; code: number }[] = [
    { who: "nobody", client: () => cluster.connect(), code: 401 },
    { who: "who joins", client: () => host, code: 401 },
    { who: "a user", client: () => cluster.as("jane"), code: 403 },
    { who: "a node", client: () => cluster.asNode("owned"), code: 403 },
    { who: "the scheduler", client: () => cluster.as("system:kube-scheduler"), code: 403 },
    { who: "the cluster DNS", client: () => cluster.as("system:kubelith:cluster-dns"), code: 403 },
  ];
  test.each(people.flatMap((person) => routes.map((route) => ({ ...person, route }))))(
    "$who: $route",
    async ({ client, route, code }) => {
      const [method] = route.split(" ");
      const body = method === "POST" ? { action: "disable" } : undefined;
      expect((await send(await client(), route, body)).code).toBe(code);
    },
  );

  test.each([
    ["a user", () => cluster.as("jane")],
    ["the scheduler", () => cluster.as("system:kube-scheduler")],
  ] as const)("%s: tunnels of nodes", async (_who, client) => {
    expect((await send(await client(), "GET /v1-kubelith/connect")).code).toBe(403);
  });
});
