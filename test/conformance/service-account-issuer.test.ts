import { afterAll, beforeAll, expect, test } from "bun:test";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
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
