import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KindRef } from "#api/resource.ts";
import type { UserInfo } from "#apimachinery/user.ts";
import type { Authorizer } from "#apiserver/authorization/authorizer.ts";
import { aConfigMap } from "#testing/objects.ts";
import { failureOf } from "./failure.ts";
import { ADMIN, JANE, startServer, type TestServer } from "./server.ts";

/** Lets Jane read ConfigMaps, denies her secrets, and knows nothing about others but administrators. */
const authorizer: Authorizer = {
  authorize: (attributes) => {
    const { user } = attributes;
    if (user.groups.includes("system:masters")) return { outcome: "allow", reason: "" };
    if (attributes.type === "nonResource") {
      return { outcome: attributes.path === "/healthz" ? "allow" : "noOpinion", reason: "" };
    }
    if (attributes.resource === "secrets") return { outcome: "deny", reason: "secrets are secret" };
    const isReview = attributes.group.endsWith(".k8s.io");
    const mayRead = user.name === "jane" && attributes.resource === "configmaps" && attributes.verb === "get";
    return isReview || mayRead
      ? { outcome: "allow", reason: "because" }
      : { outcome: "noOpinion", reason: "" };
  },
  rulesFor: (user, namespace) => ({
    resourceRules: [{ verbs: ["get"], apiGroups: [namespace], resources: [user.name] }],
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }],
    incomplete: true,
    evaluationError: "some",
  }),
};

let server: TestServer;
beforeEach(async () => {
  server = await startServer({
    core: {
      authorizer,
      tokenReviewer: {
        audiences: ["api"],
        reviewToken: (token, audiences) => {
          if (token === "bad") return Promise.reject(new Error("token has expired"));
          if (token !== "good") return Promise.resolve(undefined);
          return Promise.resolve({ user: JANE, audiences: audiences.filter((each) => each === "api") });
        },
      },
    },
  });
});
afterEach(() => server[Symbol.asyncDispose]());

async function post(
  kind: KindRef,
  spec: object,
  user: UserInfo = JANE,
  namespace?: string,
): Promise<unknown> {
  const place = { kind, ...(namespace !== undefined && { namespace }) };
  const { object, code } = await server.sendForObject(
    place,
    { verb: "create", object: { metadata: {}, spec } },
    { user },
  );
  expect(code).toBe(201);
  return object;
}

describe("authorization", () => {
  test("comes before everything else", async () => {
    await server.client.create("ConfigMap", aConfigMap("a"));
    const jane = server.as(JANE);
    const a = { namespace: "default", name: "a" };
    expect((await jane.get("ConfigMap", a)).metadata.name).toBe("a");
    expect(await failureOf(jane.list("ConfigMap", { namespace: "default" }))).toBe(
      '403 Forbidden: configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" in the namespace "default"',
    );
    expect(await failureOf(jane.list("Node"))).toBe(
      '403 Forbidden: nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    );
    expect(await failureOf(jane.get("Secret", a))).toBe(
      '403 Forbidden: secrets "a" is forbidden: User "jane" cannot get resource "secrets" in API group "" in the namespace "default": secrets are secret',
    );
    expect(await failureOf(jane.createSubresource("Pod", a, "eviction", {}))).toContain(
      'cannot create resource "pods/eviction" in API group ""',
    );
  });

  test("is asked for the creation behind an update", async () => {
    const updater: Authorizer = {
      ...authorizer,
      authorize: (attributes) => ({
        outcome:
          attributes.user === ADMIN || attributes.type === "nonResource" || attributes.verb !== "create"
            ? "allow"
            : "noOpinion",
        reason: "",
      }),
    };
    await using strict = await startServer({ core: { authorizer: updater }, bootstrapped: false });
    await strict.as(ADMIN).create("Namespace", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "default" },
      spec: {},
    });
    const request = strict
      .as(JANE)
      .patch(
        "ConfigMap",
        { namespace: "default", name: "a" },
        { type: "apply", document: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } } },
        { fieldManager: "m" },
      );
    expect(await failureOf(request)).toContain('User "jane" cannot create resource "configmaps"');
  });
});

describe("access reviews", () => {
  const get = (resource: string) => ({
    resourceAttributes: { verb: "get", resource, namespace: "default", name: "a" },
  });

  test("tell what somebody may do", async () => {
    expect(await post("SelfSubjectAccessReview", get("configmaps"))).toMatchObject({
      kind: "SelfSubjectAccessReview",
      status: { allowed: true, reason: "because" },
    });
    expect(await post("SelfSubjectAccessReview", get("pods"))).toMatchObject({ status: { allowed: false } });
    expect(await post("SelfSubjectAccessReview", get("secrets"))).toMatchObject({
      status: { allowed: false, denied: true, reason: "secrets are secret" },
    });
    const path = { nonResourceAttributes: { path: "/healthz", verb: "get" } };
    expect(await post("SelfSubjectAccessReview", path)).toMatchObject({ status: { allowed: true } });
  });

  test("tell what somebody else may do", async () => {
    const jane = { user: "jane", groups: ["system:authenticated"] };
    expect(await post("SubjectAccessReview", { ...get("configmaps"), ...jane }, ADMIN)).toMatchObject({
      status: { allowed: true },
    });
    const joe = { user: "joe", groups: ["system:authenticated"] };
    expect(await post("SubjectAccessReview", { ...get("configmaps"), ...joe }, ADMIN)).toMatchObject({
      status: { allowed: false },
    });
    const local = { ...get("configmaps"), ...jane };
    expect(await post("LocalSubjectAccessReview", local, ADMIN, "default")).toMatchObject({
      status: { allowed: true },
    });
    expect(await failureOf(post("LocalSubjectAccessReview", local, ADMIN, "kube-system"))).toStartWith("4");
  });

  test("tell all that I may do", async () => {
    expect(await post("SelfSubjectRulesReview", { namespace: "default" })).toMatchObject({
      status: {
        resourceRules: [{ verbs: ["get"], apiGroups: ["default"], resources: ["jane"] }],
        nonResourceRules: [{ nonResourceURLs: ["/healthz"] }],
        incomplete: true,
        evaluationError: "some",
      },
    });
  });

  test("must ask something", async () => {
    expect(await failureOf(post("SelfSubjectAccessReview", {}))).toStartWith("422 Invalid");
  });

  test("cannot be read", async () => {
    const request = server.send({ kind: "SelfSubjectAccessReview" }, { verb: "list" });
    expect(await failureOf(request)).toStartWith("405 MethodNotAllowed");
  });
});

describe("identity", () => {
  test("tells who I am", async () => {
    const user = { ...JANE, uid: "u", extra: { scopes: ["a"] } };
    expect(await post("SelfSubjectReview", {}, user)).toMatchObject({
      status: {
        userInfo: { username: "jane", uid: "u", groups: ["system:authenticated"], extra: { scopes: ["a"] } },
      },
    });
  });

  test("tells whose a token is", async () => {
    expect(await post("TokenReview", { token: "good" }, ADMIN)).toMatchObject({
      status: {
        authenticated: true,
        user: { username: "jane", groups: ["system:authenticated"] },
        audiences: ["api"],
      },
    });
    expect(await post("TokenReview", { token: "bad" }, ADMIN)).toMatchObject({
      status: { user: {}, error: "token has expired" },
    });
    expect(await post("TokenReview", { token: "unknown" }, ADMIN)).toMatchObject({ status: { user: {} } });
    expect(await failureOf(post("TokenReview", {}, ADMIN))).toBe(
      "400 BadRequest: token is required for TokenReview in authentication",
    );
  });
});
