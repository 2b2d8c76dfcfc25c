/**
 * An OpenID Connect provider on loopback, with a certificate of an authority of its own. At `/claims` it tells of the
 * groups of everybody, to those who show the token `open`.
 */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { exportJWK, type JWTPayload, SignJWT } from "jose";
import { generateKey, issueCertificate } from "#pki/certificate.ts";

const HOUR = 3600;

export interface OidcProvider extends Disposable {
  /** The issuer of its tokens. */
  readonly url: string;
  /** PEM of whom to trust for its certificate. */
  readonly authority: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Whether it answers nothing but errors. */
  isDown: boolean;
  /** What it says at the place of discovery, if not what it should. */
  claimedIssuer: string | undefined;
  claims(changes?: JWTPayload): JWTPayload;
  sign(changes?: JWTPayload, key?: KeyObject): Promise<string>;
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const authority = aRoot();
  const server = createServer(aServingCredential(authority), (request, response) => {
    response.setHeader("content-type", "application/json");
    const isOfClaims = request.url === "/claims";
    if (provider.isDown) response.writeHead(503).end();
    else if (isOfClaims && request.headers.authorization !== "Bearer open") response.writeHead(403).end();
    else if (isOfClaims) void provider.sign({ groups: ["remote"] }).then((token) => response.end(token));
    else void documentAt(request.url ?? "").then((document) => response.end(JSON.stringify(document)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const documentAt = async (path: string): Promise<unknown> => {
    if (path !== "/keys") return { issuer: provider.claimedIssuer ?? url, jwks_uri: `${url}/keys` };
    return { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }] };
  };
  const provider: OidcProvider = {
    url,
    authority: authority.certificate,
    publicKey,
    privateKey,
    isDown: false,
    claimedIssuer: undefined,
    claims: (changes = {}) => {
      const exp = Math.floor(Date.now() / 1000) + HOUR;
      return { iss: url, aud: "kubernetes", sub: "ada", exp, ...changes };
    },
    sign: (changes, key = privateKey) =>
      new SignJWT(provider.claims(changes)).setProtectedHeader({ alg: "RS256", kid: "k1" }).sign(key),
    [Symbol.dispose]: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return provider;
}

type Authority = ReturnType<typeof aRoot>;

function aRoot() {
  const key = generateKey();
  const subject = { commonName: "oidc-ca" };
  const template = { subject, usage: "authority", ...validity() } as const;
  return { subject, key, certificate: issueCertificate(template, key, { subject, key }) };
}

function aServingCredential(authority: Authority) {
  const key = generateKey();
  const subject = { commonName: "oidc" };
  const template = { subject, usage: "serverAuth", subjectAltNames: ["127.0.0.1"], ...validity() } as const;
  return { key, cert: issueCertificate(template, key, authority) };
}

function validity() {
  const now = Date.now();
  return { notBefore: now - HOUR * 1000, notAfter: now + HOUR * 1000 };
}
