/** `--authentication-config`: several issuers, expressions, and who may be anonymous. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT, UnsecuredJWT } from "jose";
import { until } from "../integration/until.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { type OidcProvider, startOidcProvider } from "./oidc-provider.ts";
import { review, whoIs } from "./who-is.ts";

let first: OidcProvider;
let second: OidcProvider;
/** Speaks of itself as the first one. */
let impostor: OidcProvider;
let plane: TestControlPlane;

beforeAll(async () => {
  [first, second, impostor] = await Promise.all([
    startOidcProvider(),
    startOidcProvider(),
    startOidcProvider(),
  ]);
  impostor.claimedIssuer = first.url;
  const authenticationConfig = join(tmpdir(), `kubelith-authentication-${String(process.pid)}.yaml`);
  await writeFile(authenticationConfig, JSON.stringify(configuration()));
  const requestheaderClientCaFile = join(tmpdir(), `kubelith-request-header-${String(process.pid)}.pem`);
  await writeFile(requestheaderClientCaFile, first.authority);
  plane = await startTestControlPlane({
    authenticationConfig,
    requestheaderClientCaFile,
    requestheaderUsernameHeaders: ["X-Remote-User", "X-Proxy-User"],
    requestheaderGroupHeaders: ["X-Remote-Group", "X-Proxy-Group"],
  });
  await Promise.all([rm(authenticationConfig), rm(requestheaderClientCaFile)]);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  for (const each of [first, second, impostor]) each[Symbol.dispose]();
});

function configuration() {
  return {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthenticationConfiguration",
    jwt: [
      {
        issuer: {
          url: first.url,
          // The issuer's own address, by another way.
          discoveryURL: `${first.url}/elsewhere`,
          certificateAuthority: first.authority,
          audiences: ["kubernetes", "k8s"],
          audienceMatchPolicy: "MatchAny",
        },
        claimValidationRules: [
          { claim: "tenant", requiredValue: "acme" },
          { expression: "claims.exp - claims.iat <= 7200", message: "the token lives too long" },
        ],
        claimMappings: {
          username: { expression: "'first:' + claims.sub" },
          groups: { expression: "claims.roles.split(',')" },
          uid: { claim: "uid" },
          extra: [{ key: "example.org/tenant", valueExpression: "claims.tenant" }],
        },
        userValidationRules: [
          { expression: "!user.groups.exists(g, g.startsWith('system:'))", message: "reserved group" },
        ],
      },
      {
        issuer: {
          url: second.url,
          certificateAuthority: second.authority,
          audiences: ["kubernetes"],
        },
        claimMappings: { username: { claim: "sub", prefix: "second:" } },
      },
      {
        issuer: {
          url: impostor.url,
          certificateAuthority: impostor.authority,
          audiences: ["kubernetes"],
        },
        claimMappings: { username: { claim: "sub", prefix: "impostor:" } },
      },
    ],
    anonymous: { enabled: true, conditions: [{ path: "/livez" }, { path: "/api" }] },
  };
}

const now = Math.floor(Date.now() / 1000);

function claims(changes: object = {}) {
  return { iat: now, exp: now + 3600, tenant: "acme", roles: "dev,ops", uid: "u1", ...changes };
}

const bad: { name: string; make: () => string | Promise<string> }[] = [
  { name: "of one issuer signed by another", make: () => first.sign(claims(), second.privateKey) },
  { name: "of an issuer that says it is another", make: () => impostor.sign(claims()) },
  {
    name: "without a signature",
    make: () => new UnsecuredJWT(first.claims(claims())).encode(),
  },
  {
    name: "signed with the public key as a shared secret",
    make: () =>
      new SignJWT(first.claims(claims()))
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(Buffer.from(first.publicKey.export({ type: "spki", format: "pem" }))),
  },
  { name: "for somebody else", make: () => first.sign(claims({ aud: "vault" })) },
  { name: "for an audience of another issuer", make: () => second.sign({ aud: "k8s" }) },
  { name: "of an unknown issuer", make: () => first.sign(claims({ iss: `${first.url}/` })) },
  { name: "that has expired", make: () => first.sign(claims({ exp: now - 1 })) },
  { name: "that lives too long", make: () => first.sign(claims({ exp: now + 7300 })) },
  { name: "of another tenant", make: () => first.sign(claims({ tenant: "other" })) },
  { name: "without groups to be mapped", make: () => first.sign(claims({ roles: undefined })) },
  { name: "with a reserved group", make: () => first.sign(claims({ roles: "system:masters" })) },
];

describe("an authentication configuration", () => {
  test("maps the claims of each issuer in its own way", async () => {
    expect(await whoIs(plane, await first.sign(claims({ aud: ["other", "k8s"] })))).toEqual({
      username: "first:ada",
      uid: "u1",
      groups: ["dev", "ops", "system:authenticated"],
      extra: { "example.org/tenant": ["acme"] },
    });
    expect(await whoIs(plane, await second.sign())).toEqual({
      username: "second:ada",
      groups: ["system:authenticated"],
    });
  });

  test.each(bad)("lets nobody in with a token $name", async ({ make }) => {
    expect(await whoIs(plane, await make())).toBe(401);
  });

  test("lets nobody ask without credentials but on its paths", async () => {
    const statusOf = async (path: string) =>
      (await fetch(plane.url + path, { tls: { ca: plane.api.pki.authorities["server-ca"] } })).status;
    expect(await statusOf("/livez")).toBe(200);
    // Who is anonymous is nobody whom a role lets discover the API.
    expect(await statusOf("/api")).toBe(403);
    expect(await statusOf("/healthz")).toBe(401);
    expect(await statusOf("/livez/ping")).toBe(401);
    expect(await statusOf("/api/v1/namespaces")).toBe(401);
  });
});

describe("front proxies", () => {
  const NAME = { namespace: "kube-system", name: "extension-apiserver-authentication" };

  async function whoAsks(headers: Readonly<Record<string, string>>): Promise<unknown> {
    const { certificate: cert, key } = plane.api.pki.credentials["client-auth-proxy"];
    return await review(plane, headers, { cert, key });
  }

  test("say in the operator's headers who asks", async () => {
    expect(await whoAsks({ "x-proxy-user": "ada", "x-proxy-group": "dev", "x-remote-group": "ops" })).toEqual(
      {
        username: "ada",
        groups: ["ops", "dev", "system:authenticated"],
      },
    );
    expect(await whoAsks({ "x-proxy-user": "ada", "x-remote-user": "bob" })).toMatchObject({
      username: "bob",
    });
    expect(await whoAsks({ "x-other-user": "ada" })).toBe(401);
  });

  test("are made known to extension servers, whoever says otherwise", async () => {
    const expected = {
      "client-ca-file": plane.api.pki.authorities["client-ca"],
      "requestheader-client-ca-file": plane.api.pki.authorities["request-header-ca"] + first.authority,
      "requestheader-allowed-names": '["system:auth-proxy"]',
      "requestheader-username-headers": '["X-Remote-User","X-Proxy-User"]',
      "requestheader-uid-headers": '["X-Remote-Uid"]',
      "requestheader-group-headers": '["X-Remote-Group","X-Proxy-Group"]',
      "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    };
    const isThere = async () => Bun.deepEquals((await plane.client.get("ConfigMap", NAME)).data, expected);
    await until(isThere);
    await plane.client.update("ConfigMap", { ...(await plane.client.get("ConfigMap", NAME)), data: {} });
    await until(isThere);
  });
});
