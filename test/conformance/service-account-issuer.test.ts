import { afterAll, beforeAll, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { ServiceAccountKeys } from "#pki/service-account-keys.ts";
import { type Kubectl, newestKubectl } from "../integration/front/kubectl.ts";
import { startTestControlPlane, type TestControlPlane } from "./control-plane.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
const ACCOUNT = "system:serviceaccount:default:default";

let plane: TestControlPlane;
let kubectl: Kubectl;

beforeAll(async () => {
  plane = await startTestControlPlane();
  kubectl = newestKubectl(plane);
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

const raw = async (path: string, ...flags: readonly string[]): Promise<unknown> =>
  JSON.parse(await kubectl.run("get", "--raw", path, ...flags));

test("a service account finds the keys with which its token can be checked", async () => {
  const groups = ["--as-group=system:serviceaccounts", "--as-group=system:authenticated"];
  const configuration = await raw("/.well-known/openid-configuration", `--as=${ACCOUNT}`, ...groups);
  expect(configuration).toEqual({
    issuer: ISSUER,
    jwks_uri: expect.stringMatching(/^https:\/\/192\.0\.2\.10:\d+\/openid\/v1\/jwks$/),
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
  });
  const keys = (await raw("/openid/v1/jwks", `--as=${ACCOUNT}`, ...groups)) as JSONWebKeySet;
  await kubectl.run("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  const token = (await kubectl.run("create", "token", "default", "--audience=vault")).trim();
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { issuer: ISSUER, audience: "vault" });
  expect(payload.sub).toBe(ACCOUNT);
});

test("nobody else may read them", async () => {
  const { stderr } = await kubectl.try("", "get", "--raw", "/openid/v1/jwks", "--as=jane");
  expect(stderr).toContain('User "jane" cannot get path "/openid/v1/jwks"');
});

test("an operator brings keys, issuers and lifetimes, and tokens of keys that are still listed stay good", async () => {
  const [old, present, others] = [newKey("ec"), newKey("rsa"), newKey("ec")];
  const files = { old: join(plane.directory, "old.pem"), present: join(plane.directory, "present.pem") };
  await writeFile(files.old, old.publicKey);
  await writeFile(files.present, present.privateKey);
  await using own = await startTestControlPlane({
    serviceAccountIssuers: ["https://new.example.com", ISSUER],
    apiAudiences: ["api"],
    serviceAccountSigningKeyFile: files.present,
    serviceAccountKeyFiles: [files.old],
    serviceAccountJwksUri: "https://keys.example.com/jwks",
    serviceAccountMaxTokenExpirationMs: 3_600_000,
  });
  const owner = newestKubectl(own);
  await owner.run("wait", "serviceaccount/default", "--for=create", "--timeout=30s");
  const { stdout, stderr } = await owner.try("", "create", "token", "default", "--duration=2h");
  expect(stderr).toBe("Warning: requested expiration of 7200 seconds shortened to 3600 seconds\n");
  const claims = decodeJwt(stdout.trim());
  expect(claims).toMatchObject({ iss: "https://new.example.com", aud: ["api"] });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3600);
  const { keys } = JSON.parse(await owner.run("get", "--raw", "/openid/v1/jwks")) as JSONWebKeySet;
  expect(keys.map(({ alg }) => alg)).toEqual(["RS256", "ES256"]);
  const discovery = await owner.run("get", "--raw", "/.well-known/openid-configuration");
  expect(JSON.parse(discovery)).toMatchObject({ jwks_uri: "https://keys.example.com/jwks" });
  const before = { ...claims, iss: ISSUER };
  for (const { token, isGood } of [
    { token: stdout.trim(), isGood: true },
    { token: new ServiceAccountKeys(old.privateKey).sign(before), isGood: true },
    { token: new ServiceAccountKeys(others.privateKey).sign(before), isGood: false },
    { token: new ServiceAccountKeys(old.privateKey).sign({ ...claims, iss: "https://x" }), isGood: false },
  ]) {
    const response = await fetch(`${own.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }),
      tls: { ca: own.api.pki.authorities["server-ca"] },
    });
    expect(response.status).toBe(isGood ? 201 : 401);
  }
});

function newKey(type: "ec" | "rsa"): { readonly privateKey: string; readonly publicKey: string } {
  const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const encodings = { privateKeyEncoding, publicKeyEncoding };
  return type === "ec"
    ? generateKeyPairSync("ec", { namedCurve: "P-256", ...encodings })
    : generateKeyPairSync("rsa", { modulusLength: 2048, ...encodings });
}
