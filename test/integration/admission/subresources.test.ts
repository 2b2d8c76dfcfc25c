import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Scale } from "#api/generated/autoscaling-v1.ts";
import { aPod, aReplicationController, aServiceAccount } from "#testing/objects.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import { answerReviews, CONFIG_MAPS, configure, jsonPatch, removeAll, URL } from "./webhook-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.client.create("ServiceAccount", aServiceAccount("default", { namespace: "default" }));
  await server.client.create(
    "ReplicationController",
    aReplicationController("web", { namespace: "default" }),
  );
});
afterEach(() => removeAll(server));
afterAll(() => server[Symbol.asyncDispose]());

const rules = (resources: readonly string[]) => [{ ...CONFIG_MAPS, resources, operations: ["*" as const] }];

describe("a scale", () => {
  const place = {
    kind: "ReplicationController",
    namespace: "default",
    name: "web",
    subresource: "scale",
  } as const;
  const scaleTo = (replicas: number) =>
    server.sendForObject(place, { verb: "patch", patchType: "merge", patch: { spec: { replicas } } });

  test("is what webhooks see, and change", async () => {
    const seen = answerReviews(server, URL, () => ({
      allowed: true,
      ...jsonPatch({ op: "replace", path: "/spec/replicas", value: 3 }),
    }));
    await configure(server, "MutatingWebhookConfiguration", {
      rules: rules(["replicationcontrollers/scale"]),
    });
    const { object } = await scaleTo(7);
    expect((object as Scale).spec?.replicas).toBe(3);
    expect(seen[0]?.request).toMatchObject({
      kind: { group: "autoscaling", version: "v1", kind: "Scale" },
      resource: { group: "", version: "v1", resource: "replicationcontrollers" },
      subResource: "scale",
      object: { apiVersion: "autoscaling/v1", kind: "Scale", spec: { replicas: 7 } },
      oldObject: { kind: "Scale" },
    });
  });
});

describe("an eviction", () => {
  const evict = () =>
    server.send(
      { kind: "Pod", namespace: "default", name: "a", subresource: "eviction" },
      { verb: "create", object: { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "a" } } },
    );

  test("is admitted as what it is, and the deletion with it", async () => {
    await server.client.create("Pod", aPod("a", { namespace: "default" }));
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    await configure(server, "ValidatingWebhookConfiguration", { rules: rules(["pods", "pods/*"]) });
    await evict();
    expect(seen.map(({ request }) => `${request.operation} ${String(request.object?.kind)}`)).toEqual([
      "CREATE Eviction",
    ]);
  });

  test("can be refused", async () => {
    await server.client.create("Pod", aPod("a", { namespace: "default" }));
    answerReviews(server, URL, () => ({ allowed: false, status: { message: "stay" } }));
    await configure(server, "ValidatingWebhookConfiguration", { rules: rules(["pods/eviction"]) });
    expect(await failureOf(evict())).toBe(
      '400 Unknown: admission webhook "a.example.com" denied the request: stay',
    );
  });
});

test("the status is admitted by itself", async () => {
  const seen = answerReviews(server, URL, () => ({ allowed: true }));
  await configure(server, "ValidatingWebhookConfiguration", {
    rules: rules(["replicationcontrollers/status"]),
  });
  const place = { kind: "ReplicationController", namespace: "default", name: "web" } as const;
  const patch = (subresource?: string) =>
    server.send(
      { ...place, ...(subresource !== undefined && { subresource }) },
      { verb: "patch", patchType: "merge", patch: { status: { replicas: 1 }, spec: { replicas: 2 } } },
    );
  await patch();
  await patch("status");
  expect(seen.map(({ request }) => request.subResource)).toEqual(["status"]);
});
