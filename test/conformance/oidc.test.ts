/** Tokens of an OpenID Connect provider, which has a certificate of its own authority and starts after the server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { systemClock } from "#base/clock.ts";
import { generateKey, issueCertificate } from "#pki/certificate.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const HOUR = 3600;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });
const authority = aRoot();
const provider = createServer(aServingCredential(), (request, response) => {
  response.setHeader("content-type", "application/json");
  if (isDown) response.writeHead(503).end();
  else void documents(request.url ?? "").then((document) => response.end(JSON.stringify(document)));
});
let isDown = true;
let aheadMs = 0;
let issuer: string;
let plane: TestControlPlane;

beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `https://127.0.0.1:${String((provider.address() as AddressInfo).port)}`;
  const oidcCaFile = join(tmpdir(), `kubelith-oidc-${String(process.pid)}.pem`);
  await writeFile(oidcCaFile, authority.certificate);
  plane = await startTestControlPlane(
    {
      oidcIssuerUrl: issuer,
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
  provider.closeAllConnections();
  provider.close();
});

function aRoot() {
  const key = generateKey();
  const subject = { commonName: "oidc-ca" };
  const template = { subject, usage: "authority", ...validity() } as const;
  return { subject, key, certificate: issueCertificate(template, key, { subject, key }) };
}

function aServingCredential() {
  const key = generateKey();
  const subject = { commonName: "oidc" };
  const template = { subject, usage: "serverAuth", subjectAltNames: ["127.0.0.1"], ...validity() } as const;
  return { key, cert: issueCertificate(template, key, authority) };
}

function validity() {
  const now = Date.now();
  return { notBefore: now - HOUR * 1000, notAfter: now + HOUR * 1000 };
}

async function documents(path: string): Promise<unknown> {
  if (path === "/.well-known/openid-configuration") return { issuer, jwks_uri: `${issuer}/keys` };
  return { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
}

function claimsOf(changes: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: "kubernetes",
    sub: "ada",
    groups: ["dev"],
    tenant: "acme",
    exp: now + HOUR,
    jti: "t1",
    ...changes,
  };
}

function signed(changes: JWTPayload = {}, key = privateKey): Promise<string> {
  return new SignJWT(claimsOf(changes)).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key);
}

async function whoIs(token: string): Promise<unknown> {
  const answer = await fetch(`${plane.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
    tls: { ca: plane.api.pki.authorities["server-ca"] },
  });
  const body = (await answer.json()) as { status?: { userInfo?: unknown } };
  return answer.status === 201 ? body.status?.userInfo : answer.status;
}

const now = Math.floor(Date.now() / 1000);
const bad: { name: string; make: () => string | Promise<string> }[] = [
  { name: "without a signature", make: () => new UnsecuredJWT(claimsOf()).encode() },
  {
    name: "signed with the public key as a shared secret",
    make: () => {
      const shared = publicKey.export({ type: "spki", format: "pem" }) as string;
      return new SignJWT(claimsOf())
        .setProtectedHeader({ alg: "HS256", kid: "k1" })
        .sign(new TextEncoder().encode(shared));
    },
  },
  { name: "signed by a stranger", make: () => signed({}, stranger.privateKey) },
  {
    name: "with an algorithm that is not allowed",
    make: () => new SignJWT(claimsOf()).setProtectedHeader({ alg: "RS512", kid: "k1" }).sign(privateKey),
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
    expect(await whoIs(await signed())).toBe(401);
  });

  test("tells who a user is", async () => {
    isDown = false;
    // It is not asked again at once.
    aheadMs = 11_000;
    expect(await whoIs(await signed())).toEqual({
      username: `${issuer}#ada`,
      groups: ["oidc:dev", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=t1"] },
    });
  });

  test.each(bad)("lets nobody in with a token $name", async ({ make }) => {
    expect(await whoIs(await make())).toBe(401);
  });
});
