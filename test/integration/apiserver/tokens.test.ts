import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { BoundObjectReference, TokenRequestSpec } from "#api/generated/authentication-v1.ts";
import { aPod, aSecret, aServiceAccount } from "#testing/objects.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const YEAR_SECONDS = 365 * 24 * 60 * 60;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
  for (const name of ["default", "robot"]) {
    await server.client.create("ServiceAccount", aServiceAccount(name));
  }
});
afterEach(() => server[Symbol.asyncDispose]());

/** What the issuer of the test server was asked to sign, and what the client was answered. */
async function request(spec: Partial<TokenRequestSpec> = {}, name = "robot", metadata: object = {}) {
  const { object, code } = await server.sendForObject(
    { kind: "ServiceAccount", namespace: "default", name, subresource: "token" },
    { verb: "create", object: { metadata, spec } },
  );
  const answer = object as unknown as {
    readonly spec: TokenRequestSpec;
    readonly status: { readonly token: string; readonly expirationTimestamp: string };
  };
  const signed = JSON.parse(answer.status.token) as {
    readonly identity: object;
    readonly token: { readonly audiences: readonly string[]; readonly expiresAt: number };
  };
  return { code, ...answer, signed, expiresIn: (signed.token.expiresAt - server.clock.now()) / 1000 };
}

function boundTo(kind: string, name: string, more: Partial<BoundObjectReference> = {}) {
  return { boundObjectRef: { kind, apiVersion: "v1", name, ...more } };
}

describe("TokenRequest", () => {
  test("is answered with a token of the account", async () => {
    const account = await server.client.get("ServiceAccount", { namespace: "default", name: "robot" });
    const { code, spec, status, signed, expiresIn } = await request();
    expect(code).toBe(201);
    expect(spec).toEqual({ audiences: ["https://kubernetes.default.svc"], expirationSeconds: 3600 });
    expect(status.expirationTimestamp).toBe("2026-01-01T01:00:00Z");
    expect(expiresIn).toBe(3600);
    expect(signed.identity).toEqual({
      namespace: "default",
      serviceaccount: { name: "robot", uid: account.metadata.uid },
    });
  });

  test("may ask for other audiences and another time", async () => {
    const { spec, signed, expiresIn } = await request({ audiences: ["vault"], expirationSeconds: 7200 });
    expect(spec.audiences).toEqual(["vault"]);
    expect(signed.token.audiences).toEqual(["vault"]);
    expect(expiresIn).toBe(7200);
  });

  test("may bind the token to a pod, and with it to the pod's node", async () => {
    const pod = await server.client.create("Pod", aPod("p", { spec: { serviceAccountName: "robot" } }));
    expect((await request(boundTo("Pod", "p"))).signed.identity).toMatchObject({
      pod: { name: "p", uid: pod.metadata.uid },
    });
    const placed = aPod("q", { spec: { serviceAccountName: "robot", nodeName: "node-1" } });
    await server.client.create("Pod", placed);
    expect((await request(boundTo("Pod", "q"))).signed.identity).toMatchObject({ node: { name: "node-1" } });
    const node = await server.client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1" },
      spec: {},
    });
    expect((await request(boundTo("Pod", "q"))).signed.identity).toMatchObject({
      node: { name: "node-1", uid: node.metadata.uid },
    });
  });

  test("may bind the token to a secret or a node", async () => {
    const secret = await server.client.create("Secret", aSecret("s"));
    expect((await request(boundTo("Secret", "s"))).signed.identity).toMatchObject({
      secret: { name: "s", uid: secret.metadata.uid },
    });
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "node-1" }, spec: {} } as const;
    await server.client.create("Node", node);
    expect((await request(boundTo("Node", "node-1"))).signed.identity).toMatchObject({
      node: { name: "node-1" },
    });
  });

  test("of a mounted token is answered with one that lives longer", async () => {
    await server.client.create("Pod", aPod("p", { spec: { serviceAccountName: "robot" } }));
    const { status, signed, expiresIn } = await request({ ...boundTo("Pod", "p"), expirationSeconds: 3607 });
    expect(status.expirationTimestamp).toBe("2026-01-01T01:00:07Z");
    expect(expiresIn).toBe(YEAR_SECONDS);
    expect(signed.identity).toMatchObject({ warnafter: server.clock.now() / 1000 + 3607 });
    const other = await request({ ...boundTo("Pod", "p"), expirationSeconds: 3607, audiences: ["vault"] });
    expect(other.expiresIn).toBe(3607);
  });

  test.each<[string, Partial<TokenRequestSpec>, string]>([
    ["too short a time", { expirationSeconds: 10 }, "422 Invalid: "],
    ["a pod that is not there", boundTo("Pod", "none"), '404 NotFound: pods "none" not found'],
    [
      "a pod of another account",
      boundTo("Pod", "other"),
      '400 BadRequest: cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
    ],
    [
      "another object of that name",
      boundTo("Pod", "mine", { uid: "old" }),
      '409 Conflict: Operation cannot be fulfilled on Pod "mine": the UID in the bound object reference (old) does not match the UID in record.',
    ],
    [
      "something that nothing can be bound to",
      boundTo("ConfigMap", "a"),
      "400 BadRequest: cannot bind token to object of type /v1, Kind=ConfigMap",
    ],
  ])("is refused with %s", async (_what, spec, failure) => {
    await server.client.create("Pod", aPod("other", { spec: { serviceAccountName: "default" } }));
    await server.client.create("Pod", aPod("mine", { spec: { serviceAccountName: "robot" } }));
    expect(await failureOf(request(spec))).toStartWith(failure);
  });

  test("is refused for another account than that of the URL", async () => {
    expect(await failureOf(request({}, "none"))).toBe('404 NotFound: serviceaccounts "none" not found');
    expect(await failureOf(request({}, "robot", { name: "other" }))).toContain(
      'metadata.name: Invalid value: "other": must match the service account name if specified',
    );
    expect(await failureOf(request({}, "robot", { uid: "old" }))).toContain(
      "the UID in the token request (old) does not match the UID of the service account",
    );
  });
});
