/** Tokens of an OpenID Connect provider, which has a certificate of its own authority and starts after the server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash, generateKeyPairSync } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { systemClock } from "#base/clock.ts";
import { newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";
import { type OidcProvider, startOidcProvider } from "./oidc-provider.ts";
import { whoIs } from "./who-is.ts";

const HOUR = 3600;
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
let provider: OidcProvider;
let aheadMs = 0;
let plane: TestControlPlane;

beforeAll(async () => {
  provider = await startOidcProvider();
  provider.isDown = true;
  const oidcCaFile = join(tmpdir(), `kubelith-oidc-${String(process.pid)}.pem`);
  await writeFile(oidcCaFile, provider.authority);
  plane = await startTestControlPlane(
    {
      oidcIssuerUrl: provider.url,
      oidcClientId: "kubernetes",
      oidcCaFile,
      oidcGroupsClaim: "groups",
      oidcGroupsPrefix: "oidc:",
      oidcRequiredClaims: ["tenant=acme"],
    },
    { ...systemClock, now: () => systemClock.now() + aheadMs },
  );
  await rm(oidcCaFile);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  provider[Symbol.dispose]();
});

const CLAIMS: JWTPayload = { groups: ["dev"], tenant: "acme", jti: "t1" };

function claimsOf(changes: JWTPayload = {}): JWTPayload {
  return provider.claims({ ...CLAIMS, ...changes });
}

function signed(changes: JWTPayload = {}, key = provider.privateKey): Promise<string> {
  return provider.sign({ ...CLAIMS, ...changes }, key);
}

const now = Math.floor(Date.now() / 1000);
const bad: { name: string; make: () => string | Promise<string> }[] = [
  { name: "without a signature", make: () => new UnsecuredJWT(claimsOf()).encode() },
  {
    name: "signed with the public key as a shared secret",
    make: () => {
      const shared = provider.publicKey.export({ type: "spki", format: "pem" }) as string;
      return new SignJWT(claimsOf())
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(new TextEncoder().encode(shared));
    },
  },
  { name: "signed by a stranger", make: () => signed({}, stranger.privateKey) },
  {
    name: "with an algorithm that is not allowed",
    make: () =>
      new SignJWT(claimsOf()).setProtectedHeader({ alg: "RS512", kid: "k1" }).sign(provider.privateKey),
  },
  {
    name: "whose claims were changed",
    make: async () => {
      const [header, , signature] = (await signed()).split(".");
      const payload = Buffer.from(JSON.stringify(claimsOf({ sub: "root" }))).toString("base64url");
      return `${header ?? ""}.${payload}.${signature ?? ""}`;
    },
  },
  { name: "of another issuer", make: () => signed({ iss: "https://elsewhere.example" }) },
  { name: "for another client", make: () => signed({ aud: ["vault"] }) },
  { name: "that has expired", make: () => signed({ exp: now - 1 }) },
  { name: "without an end", make: () => signed({ exp: undefined as never }) },
  { name: "that is not valid yet", make: () => signed({ nbf: now + HOUR }) },
  { name: "without a required claim", make: () => signed({ tenant: "other" }) },
  { name: "without a user", make: () => signed({ sub: undefined as never }) },
];

describe("an OpenID Connect provider", () => {
  test("that is not there yet lets nobody in", async () => {
    expect(await whoIs(plane, await signed())).toBe(401);
  });

  test("tells who a user is", async () => {
    provider.isDown = false;
    // It is not asked again at once.
    aheadMs = 11_000;
    expect(await whoIs(plane, await signed())).toEqual({
      username: `${provider.url}#ada`,
      groups: ["oidc:dev", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=t1"] },
    });
  });

  test.each(bad)("lets nobody in with a token $name", async ({ make }) => {
    expect(await whoIs(plane, await make())).toBe(401);
  });

  const distributed = (access_token: string): JWTPayload => ({
    groups: undefined,
    _claim_names: { groups: "src" },
    _claim_sources: { src: { endpoint: `${provider.url}/claims`, access_token } },
  });

  test("may have groups told of elsewhere", async () => {
    expect(await whoIs(plane, await signed(distributed("open")))).toMatchObject({
      groups: ["oidc:remote", "system:authenticated"],
    });
    expect(await whoIs(plane, await signed(distributed("shut")))).toBe(401);
  });

  test("is counted", async () => {
    await whoIs(plane, await signed());
    const kubectl = newestKubectl(plane);
    const text = await kubectl.run("get", "--raw", "/metrics");
    const hash = (of: string): string => `sha256:${createHash("sha256").update(of).digest("hex")}`;
    const issuer = `jwt_issuer_hash="${hash(provider.url)}"`;
    const server = `apiserver_id_hash="${hash("n1")}"`;
    const prefix = "apiserver_authentication_jwt_authenticator";
    for (const line of [
      `${prefix}_latency_seconds_count{result="success",${issuer}} `,
      `${prefix}_latency_seconds_count{result="failure",${issuer}} `,
      `${prefix}_jwks_fetch_last_timestamp_seconds{result="success",${issuer},${server}} `,
      `${prefix}_jwks_fetch_last_key_set_info{${issuer},${server},hash="sha256:`,
    ]) {
      expect(text).toContain(line);
    }
  });
});
