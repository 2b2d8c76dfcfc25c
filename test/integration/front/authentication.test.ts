import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SelfSubjectReview, TokenRequest } from "#api/generated/authentication-v1.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import {
  type CertificateTemplate,
  type Credential,
  generateKey,
  issueCertificate,
} from "#pki/certificate.ts";
import type { HttpAnswer, HttpClient, Protocol } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const DAY = 24 * 60 * 60 * 1000;
const JSON_BODY = { "content-type": "application/json" };
const UNAUTHORIZED: Status = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "Unauthorized",
  reason: "Unauthorized",
  code: 401,
};

/** What the server takes the sender for. */
async function review(client: HttpClient): Promise<HttpAnswer> {
  return await client.send({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    headers: JSON_BODY,
    body: "{}",
  });
}

async function userOf(client: HttpClient) {
  const { status, ...answer } = await review(client);
  expect(status).toBe(201);
  return answer.json<SelfSubjectReview>().status?.userInfo;
}

function withToken(token: string, protocol: Protocol = "h2"): HttpClient {
  return server.connect({ protocol, credential: undefined, headers: { authorization: `Bearer ${token}` } });
}

/** A certificate of the authority in `file`, or of one that nobody knows. */
async function aCertificate(
  changes: Partial<CertificateTemplate>,
  issuer?: string | NamedCredential,
): Promise<Credential> {
  const key = generateKey();
  const template: CertificateTemplate = {
    subject: { commonName: "jane", organizations: ["system:masters"] },
    usage: "clientAuth",
    notBefore: Date.now() - 2 * DAY,
    notAfter: Date.now() + DAY,
    ...changes,
  };
  return { key, certificate: issueCertificate(template, key, await issuerOf(issuer)) };
}

interface NamedCredential extends Credential {
  readonly commonName: string;
}

async function issuerOf(file: string | NamedCredential | undefined) {
  if (file === undefined) return { subject: { commonName: "stranger" }, key: generateKey() };
  if (typeof file === "object") return { subject: { commonName: file.commonName }, key: file.key };
  const path = join(server.directory, "tls", file);
  const { subject } = new X509Certificate(await readFile(`${path}.crt`));
  const commonName = /CN=(.*)/.exec(subject)?.[1] ?? "";
  return { subject: { commonName }, key: await readFile(`${path}.key`, "utf8") };
}

describe.each(["h2", "http/1.1"] satisfies Protocol[])("over %s", (protocol) => {
  test("a client certificate names its user and groups", async () => {
    expect(await userOf(server.connect({ protocol }))).toMatchObject({
      username: "system:admin",
      groups: ["system:masters", "system:authenticated"],
      extra: {
        "authentication.kubernetes.io/credential-id": [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)],
      },
    });
    const kubelet = server.connect({ protocol, credential: server.pki.credentials["client-kubelet"] });
    expect(await userOf(kubelet)).toMatchObject({
      username: "system:node:n1",
      groups: ["system:nodes", "system:authenticated"],
    });
  });

  const bad: { name: string; make: () => Promise<Credential> }[] = [
    { name: "of a stranger", make: () => aCertificate({}) },
    { name: "of the authority of servers", make: () => aCertificate({}, "server-ca") },
    { name: "of the authority of proxies", make: () => aCertificate({}, "request-header-ca") },
    { name: "for servers", make: () => aCertificate({ usage: "serverAuth" }, "client-ca") },
    { name: "that has expired", make: () => aCertificate({ notAfter: Date.now() - DAY }, "client-ca") },
    {
      name: "that is not valid yet",
      make: () => aCertificate({ notBefore: Date.now() + DAY / 2 }, "client-ca"),
    },
  ];
  test.each(bad)("a certificate $name is refused", async ({ make }) => {
    const answer = await review(server.connect({ protocol, credential: await make() }));
    expect([answer.status, answer.json<Status>()]).toEqual([401, UNAUTHORIZED]);
  });

  test("a good certificate of the client authority is accepted", async () => {
    const credential = await aCertificate({}, "client-ca");
    expect((await userOf(server.connect({ protocol, credential })))?.username).toBe("jane");
  });

  const paths: { path: string; status: number }[] = [
    { path: "/healthz", status: 200 },
    { path: "/livez", status: 200 },
    { path: "/readyz/ping", status: 200 },
    { path: "/version", status: 200 },
    { path: "/", status: 401 },
    { path: "/metrics", status: 401 },
    { path: "/api", status: 401 },
    { path: "/openapi/v3", status: 401 },
    { path: "/api/v1/namespaces", status: 401 },
    { path: "/nowhere", status: 401 },
  ];
  test.each(paths)("who says nothing gets $status of $path", async ({ path, status }) => {
    expect((await server.connect({ protocol, credential: undefined }).send({ path })).status).toBe(status);
  });

  test("a token that nobody knows is refused even where nobody is asked", async () => {
    const answer = await withToken("nonsense", protocol).send({ path: "/version" });
    expect(answer.json<Status>()).toEqual(UNAUTHORIZED);
  });
});

describe("the token of a service account", () => {
  const accounts = "/api/v1/namespaces/default/serviceaccounts";

  async function issue(name: string, spec: Partial<TokenRequest["spec"]> = {}): Promise<string> {
    const admin = server.connect();
    const body = JSON.stringify({ metadata: { name } });
    await admin.send({ method: "POST", path: accounts, headers: JSON_BODY, body });
    const answer = await admin.send({
      method: "POST",
      path: `${accounts}/${name}/token`,
      headers: JSON_BODY,
      body: JSON.stringify({ spec }),
    });
    expect(answer.status).toBe(201);
    return answer.json<TokenRequest>().status?.token ?? "";
  }

  test("opens the API as that account", async () => {
    expect(await userOf(withToken(await issue("builder")))).toMatchObject({
      username: "system:serviceaccount:default:builder",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
    });
  });

  test("does not open it when it is meant for others", async () => {
    const answer = await review(withToken(await issue("other", { audiences: ["vault"] })));
    expect(answer.json<Status>()).toEqual(UNAUTHORIZED);
    expect(server.logLines.join("")).toContain('token audiences [\\"vault\\"] is invalid');
  });

  test("is void once the account has gone", async () => {
    const client = withToken(await issue("leaver"));
    expect((await review(client)).status).toBe(201);
    await server.connect().send({ method: "DELETE", path: `${accounts}/leaver` });
    expect((await review(client)).json<Status>()).toEqual(UNAUTHORIZED);
  });

  test("counts before the failure of a certificate", async () => {
    const token = await issue("both");
    const headers = { authorization: `Bearer ${token}` };
    const client = server.connect({ credential: await aCertificate({}), headers });
    expect((await userOf(client))?.username).toBe("system:serviceaccount:default:both");
  });

  test("is reviewed for others", async () => {
    const answer = await server.connect().send({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/tokenreviews",
      headers: JSON_BODY,
      body: JSON.stringify({ spec: { token: await issue("reviewed") } }),
    });
    expect(answer.json()).toMatchObject({
      status: { authenticated: true, user: { username: "system:serviceaccount:default:reviewed" } },
    });
  });
});

describe("a front proxy", () => {
  const PROXY = { subject: { commonName: "system:auth-proxy" } };
  const SAYS = {
    "x-remote-user": "ada",
    "x-remote-uid": "7",
    "x-remote-group": ["dev", "ops, too"],
    "x-remote-extra-example.com%2fteam": ["a", "b"],
  };

  async function whoIs(credential: Credential | undefined, protocol: Protocol = "h2") {
    const answer = await review(server.connect({ protocol, credential, headers: SAYS }));
    return answer.json<SelfSubjectReview>().status?.userInfo ?? answer.status;
  }

  test.each(["h2", "http/1.1"] satisfies Protocol[])("says over %s who asks", async (protocol) => {
    expect(await whoIs(await aCertificate(PROXY, "request-header-ca"), protocol)).toEqual({
      username: "ada",
      uid: "7",
      groups: ["dev", "ops, too", "system:authenticated"],
      extra: { "example.com/team": ["a", "b"] },
    });
  });

  test("is nobody when it says nothing", async () => {
    const credential = await aCertificate(PROXY, "request-header-ca");
    expect((await review(server.connect({ credential }))).status).toBe(401);
  });

  test("is believed through an authority that its own has signed", async () => {
    const between = await aCertificate(
      { subject: { commonName: "between" }, usage: "authority" },
      "request-header-ca",
    );
    const { key, certificate } = await aCertificate(PROXY, { ...between, commonName: "between" });
    expect(await whoIs({ key, certificate: certificate + between.certificate })).toMatchObject({
      username: "ada",
    });
  });

  const liars: { name: string; make: () => Promise<Credential | undefined>; who: unknown }[] = [
    { name: "who shows nothing", make: () => Promise.resolve(undefined), who: 401 },
    { name: "of a name that is not allowed", make: () => aCertificate({}, "request-header-ca"), who: 401 },
    {
      name: "of a stranger",
      make: () => aCertificate(PROXY),
      who: 401,
    },
    {
      name: "of the authority of clients",
      make: () => aCertificate(PROXY, "client-ca"),
      who: expect.objectContaining({ username: "system:auth-proxy" }),
    },
    {
      name: "who shows what looks like a link to the authority of clients",
      make: async () => {
        const proxies = (await issuerOf("request-header-ca")).subject.commonName;
        const clients = (await issuerOf("client-ca")).subject.commonName;
        const link = await aCertificate(
          { subject: { commonName: proxies }, usage: "authority" },
          { certificate: "", key: generateKey(), commonName: clients },
        );
        const { key, certificate } = await aCertificate({}, "request-header-ca");
        return { key, certificate: certificate + link.certificate };
      },
      who: 401,
    },
    {
      name: "whose certificate has expired",
      make: () => aCertificate({ ...PROXY, notAfter: Date.now() - DAY }, "request-header-ca"),
      who: 401,
    },
  ];
  test.each(liars)("is not somebody $name", async ({ make, who }) => {
    expect(await whoIs(await make())).toEqual(who as never);
  });
});

test("who is known may still not be allowed", async () => {
  const credential = await aCertificate({ subject: { commonName: "jane" } }, "client-ca");
  const answer = await server.connect({ credential }).send({ path: "/api/v1/namespaces/default/secrets" });
  expect(answer.json<Status>()).toMatchObject({
    code: 403,
    reason: "Forbidden",
    message:
      'secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "default"',
  });
  const format = { path: "/api/v1/secrets", headers: { accept: "text/plain" } };
  expect((await server.connect({ credential }).send(format)).status).toBe(403);
  const metrics = await server.connect({ credential }).send({ path: "/metrics" });
  expect(metrics.json<Status>()).toMatchObject({
    code: 403,
    message: 'forbidden: User "jane" cannot get path "/metrics"',
  });
});
