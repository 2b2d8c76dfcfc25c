import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod } from "#api/generated/core-v1.ts";
import { aConfigMap, aPod, aServiceAccount } from "#testing/objects.ts";
import { aDeployment } from "#testing/workloads.ts";
import { failureOf } from "./failure.ts";
import { owners } from "./owners.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { kind: "ConfigMap", namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("managed fields", () => {
  test("follow every write", async () => {
    const created = await server.client.create("Deployment", aDeployment("a"), { fieldManager: "creator" });
    const updated = await server.client.update(
      "Deployment",
      { ...created, spec: { ...created.spec, replicas: 3 } },
      { fieldManager: "updater" },
    );
    const observed = await server
      .as(
        { name: "system:serviceaccount:kube-system:deployment-controller", groups: [] },
        "kube-controller-manager/v1.36 (linux)",
      )
      .updateStatus("Deployment", { ...updated, status: { replicas: 3 } });
    const entries = observed.metadata.managedFields ?? [];
    expect(entries.map(({ manager, subresource = "" }) => `${manager ?? ""} ${subresource}`.trim())).toEqual([
      "creator",
      "kube-controller-manager status",
      "updater",
    ]);
    expect(owners(entries.slice(1))).toEqual([
      "kube-controller-manager Update apps/v1 status f:status.f:replicas",
      "updater Update apps/v1 f:spec.f:replicas",
    ]);
  });

  test("show the newest time of a manager, if it has changed something", async () => {
    const created = await server.client.create("ConfigMap", aConfigMap("a", { data: { a: "1" } }));
    await server.clock.advance(10_000);
    const same = await server.client.update("ConfigMap", { ...created });
    expect(same.metadata.managedFields?.[0]?.time).toBe("2026-01-01T00:00:00Z");
    const changed = await server.client.update("ConfigMap", { ...created, data: { a: "2" } });
    expect(changed.metadata.managedFields?.map(({ time }) => time)).toEqual(["2026-01-01T00:00:10Z"]);
  });

  test.each([[[]], [[{}]]])("are removed by an update to %j, and stay away until an apply", async (none) => {
    const created = await server.client.create("ConfigMap", aConfigMap("a"));
    const metadata = { ...created.metadata, managedFields: none };
    const updated = await server.client.update("ConfigMap", { ...created, metadata });
    expect(updated.metadata.managedFields).toBeUndefined();
    const changed = await server.client.update("ConfigMap", { ...updated, data: { a: "1" } });
    expect(changed.metadata.managedFields).toBeUndefined();
    const { object } = await server.sendForObject(A, {
      verb: "patch",
      patchType: "apply",
      patch: { apiVersion: "v1", kind: "ConfigMap", data: { b: "2" } },
      options: { fieldManager: "gitops" },
    });
    expect(owners(object.metadata.managedFields)).toEqual([
      "gitops Apply v1 f:data.f:b",
      "before-first-apply Update v1 f:data.. f:data.f:a",
    ]);
  });

  test.each<["json" | "merge" | "strategic", unknown]>([
    ["json", [{ op: "replace", path: "/metadata/managedFields", value: [{}] }]],
    ["json", [{ op: "replace", path: "/metadata/managedFields", value: [] }]],
    ["merge", { metadata: { managedFields: [{}] } }],
    ["merge", { metadata: { managedFields: [] } }],
    ["strategic", { metadata: { managedFields: [{}] } }],
    ["strategic", { metadata: { managedFields: [] } }],
  ])("are removed by the %s patch %j", async (patchType, patch) => {
    await server.client.create("ConfigMap", aConfigMap("a", { data: { a: "1" } }));
    const { object } = await server.sendForObject(A, { verb: "patch", patchType, patch });
    expect(object.metadata.managedFields).toBeUndefined();
  });

  test.each<["json" | "merge", unknown]>([
    ["json", [{ op: "remove", path: "/metadata/managedFields" }]],
    ["merge", { metadata: { managedFields: null } }],
    ["merge", { metadata: { managedFields: [{ manager: "me" }] } }],
  ])("are kept where the %s patch %j does not ask for that", async (patchType, patch) => {
    const { metadata } = await server.client.create("ConfigMap", aConfigMap("a", { data: { a: "1" } }));
    const { object } = await server.sendForObject(A, { verb: "patch", patchType, patch });
    expect(object.metadata.managedFields).toEqual(metadata.managedFields);
    expect(object.metadata.resourceVersion).toBe(metadata.resourceVersion as string);
  });

  test("cannot be removed through a subresource", async () => {
    const created = await server.client.create("Deployment", aDeployment("a"));
    const metadata = { ...created.metadata, managedFields: [{}] };
    const updated = await server.client.updateStatus("Deployment", { ...created, metadata });
    expect(updated.metadata.managedFields).toEqual(created.metadata.managedFields);
  });

  test("are given up when an object would be too large with them", async () => {
    const data = Object.fromEntries(
      Array.from({ length: 9000 }, (_, index) => [`key-${"x".repeat(50)}-${String(index)}`, "v"]),
    );
    const created = await server.client.create("ConfigMap", aConfigMap("a", { data }));
    expect(created.metadata.managedFields).toHaveLength(1);
    const large = await server.client.create("ConfigMap", {
      ...aConfigMap("b", { data }),
      binaryData: { a: "A".repeat(400_000) },
    });
    expect(large.metadata.managedFields).toBeUndefined();
    const patch = { apiVersion: "v1", kind: "ConfigMap", data, binaryData: { a: "A".repeat(400_000) } };
    const applied = server.send(A, {
      verb: "patch",
      patchType: "apply",
      patch,
      options: { fieldManager: "gitops" },
    });
    expect(await failureOf(applied)).toContain("etcdserver: request is too large");
  });

  test.each<[subresource: "resize" | "ephemeralcontainers", owned: string]>([
    ["resize", 'f:spec.f:containers.k:{"name":"app"}.f:resources.f:requests.f:cpu'],
    [
      "ephemeralcontainers",
      `f:spec.f:ephemeralContainers.. ${[".", "f:image", "f:imagePullPolicy", "f:name", "f:resources"]
        .concat("f:terminationMessagePath", "f:terminationMessagePolicy")
        .map((field) => `f:spec.f:ephemeralContainers.k:{"name":"debug"}.${field}`)
        .join(" ")}`,
    ],
  ])("have only what %s can change", async (subresource, owned) => {
    await server.client.create("ServiceAccount", aServiceAccount("default"));
    const containers = [{ name: "app", image: "app:1", resources: { requests: { cpu: "100m" } } }];
    const pod = await server.client.create("Pod", aPod("a", { spec: { containers } }));
    const [container] = pod.spec.containers;
    const change = {
      ...pod,
      metadata: { ...pod.metadata, labels: { a: "b" } },
      spec: {
        ...pod.spec,
        activeDeadlineSeconds: 5,
        ephemeralContainers: [{ name: "debug", image: "busybox" }],
        containers: [{ ...container, image: "app:2", resources: { requests: { cpu: "200m" } } }],
      },
    } as Pod;
    await server.client.update("Pod", change, { subresource, fieldManager: "me" });
    const { metadata } = await server.client.get("Pod", { namespace: "default", name: "a" });
    const entries = metadata.managedFields?.filter(({ manager }) => manager === "me");
    expect(owners(entries)).toEqual([`me Update v1 ${subresource} ${owned}`]);
  });
});
