import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ConfigMap, Node } from "#api/generated/core-v1.ts";
import { omit } from "#base/omit.ts";
import { aConfigMap, aService } from "#testing/objects.ts";
import { aDeployment } from "#testing/workloads.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function createConfigMap(data: Record<string, string> = {}): Promise<ConfigMap> {
  return server.client.create("ConfigMap", aConfigMap("a", { data }));
}

describe("update", () => {
  test("replaces the object", async () => {
    const created = await createConfigMap({ a: "1", b: "2" });
    const updated = await server.client.update("ConfigMap", { ...created, data: { c: "3" } });
    expect(updated.data).toEqual({ c: "3" });
    expect(updated.metadata.uid).toBe(created.metadata.uid);
    expect(updated.metadata.resourceVersion).toBe(String(server.store.revision));
    expect(await server.client.get("ConfigMap", A)).toBe(updated);
  });

  test("writes nothing when nothing changes", async () => {
    const created = await createConfigMap({ a: "1", b: "2" });
    const { revision } = server.store;
    const reordered = { ...created, data: { b: "2", a: "1" } };
    const updated = await server.client.update("ConfigMap", reordered);
    expect(updated.metadata.resourceVersion).toBe(created.metadata.resourceVersion as string);
    expect(server.store.revision).toBe(revision);
  });

  test("refuses an object that has changed since it was read", async () => {
    const created = await createConfigMap();
    await server.client.update("ConfigMap", { ...created, data: { a: "1" } });
    expect(await failureOf(server.client.update("ConfigMap", { ...created, data: { b: "2" } }))).toBe(
      '409 Conflict: Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect((await server.client.get("ConfigMap", A)).data).toEqual({ a: "1" });
  });

  test("replaces whatever is there when no resourceVersion is named", async () => {
    const created = await createConfigMap();
    await server.client.update("ConfigMap", { ...created, data: { a: "1" } });
    const metadata = omit(created.metadata, "resourceVersion");
    const updated = await server.client.update("ConfigMap", { ...created, metadata, data: { b: "2" } });
    expect(updated.data).toEqual({ b: "2" });
  });

  test("keeps what the server has set", async () => {
    const created = await createConfigMap();
    const { object } = await server.sendForObject(
      { kind: "ConfigMap", ...A },
      {
        verb: "update",
        object: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "a", creationTimestamp: "2000-01-01T00:00:00Z" },
          data: { a: "1" },
        },
      },
    );
    expect(object.metadata).toMatchObject({
      namespace: "default",
      uid: created.metadata.uid,
      creationTimestamp: "2026-01-01T00:00:00Z",
    });
  });

  test("refuses an object with another uid", async () => {
    const created = await createConfigMap();
    const metadata = { ...created.metadata, uid: "other" };
    expect(await failureOf(server.client.update("ConfigMap", { ...created, metadata }))).toBe(
      `409 Conflict: Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${created.metadata.uid}`,
    );
  });

  test("refuses what the kind does not let change", async () => {
    const created = await server.client.create("ConfigMap", {
      ...aConfigMap("a", { data: { a: "1" } }),
      immutable: true,
    });
    expect(await failureOf(server.client.update("ConfigMap", { ...created, data: {} }))).toContain(
      '422 Invalid: ConfigMap "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
    );
  });

  test("does not create what is missing", async () => {
    expect(await failureOf(server.client.update("ConfigMap", aConfigMap("a")))).toBe(
      '404 NotFound: configmaps "a" not found',
    );
  });

  test("creates what is missing where the kind allows it", async () => {
    const { code, object } = await server.sendForObject(
      { kind: "Service", ...A },
      { verb: "update", object: { ...aService("a"), metadata: { name: "a", resourceVersion: "1" } } },
    );
    expect(code).toBe(201);
    expect(object).toEqual(await server.client.get("Service", A));
  });

  test("does not create what is missing as something that was there before", async () => {
    const old = { ...aService("a"), metadata: { name: "a", uid: "old" } };
    const request = server.send({ kind: "Service", ...A }, { verb: "update", object: old });
    expect(await failureOf(request)).toContain(
      "Precondition failed: UID in precondition: old, UID in object meta: ",
    );
  });

  test("wants the name of the URL", async () => {
    await createConfigMap();
    const update = (object: unknown) =>
      failureOf(server.send({ kind: "ConfigMap", ...A }, { verb: "update", object }));
    expect(await update(aConfigMap("b"))).toBe(
      "400 BadRequest: the name of the object (b) does not match the name on the URL (a)",
    );
    expect(await update({ metadata: {} })).toBe(
      "400 BadRequest: the name of the object (a based on URL) was undeterminable: name must be provided",
    );
  });

  test("shows and does not store the result of a dry run", async () => {
    const created = await createConfigMap();
    const { revision } = server.store;
    const updated = await server.client.update(
      "ConfigMap",
      { ...created, data: { a: "1" } },
      { dryRun: true },
    );
    expect(updated.data).toEqual({ a: "1" });
    expect(server.store.revision).toBe(revision);
    expect((await server.client.get("ConfigMap", A)).data).toBeUndefined();
  });

  test("lets an object go that was waiting for its last finalizer", async () => {
    await server.client.create("ConfigMap", {
      ...aConfigMap("a"),
      metadata: { name: "a", namespace: "default", finalizers: ["example.com/wait"] },
    });
    await server.client.delete("ConfigMap", A);
    const waiting = await server.client.get("ConfigMap", A);
    expect(waiting.metadata.deletionTimestamp).toBe("2026-01-01T00:00:00Z");
    const metadata = { ...waiting.metadata, finalizers: [] };
    await server.client.update("ConfigMap", { ...waiting, metadata });
    expect(await failureOf(server.client.get("ConfigMap", A))).toBe('404 NotFound: configmaps "a" not found');
  });

  test("does not take new finalizers for an object that is going", async () => {
    await server.client.create("ConfigMap", {
      ...aConfigMap("a"),
      metadata: { name: "a", namespace: "default", finalizers: ["example.com/wait"] },
    });
    await server.client.delete("ConfigMap", A);
    const waiting = await server.client.get("ConfigMap", A);
    const metadata = { ...waiting.metadata, finalizers: ["example.com/wait", "example.com/more"] };
    expect(await failureOf(server.client.update("ConfigMap", { ...waiting, metadata }))).toContain(
      "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted",
    );
  });
});

describe("generation", () => {
  test("rises with what is wanted, and with nothing else", async () => {
    const created = await server.client.create("Deployment", aDeployment("a"));
    expect(created.metadata.generation).toBe(1);
    const labelled = await server.client.update("Deployment", {
      ...created,
      metadata: { ...created.metadata, labels: { a: "b" } },
    });
    expect(labelled.metadata.generation).toBe(1);
    const scaled = await server.client.update("Deployment", {
      ...labelled,
      spec: { ...labelled.spec, replicas: 3 },
    });
    expect(scaled.metadata.generation).toBe(2);
    const observed = await server.client.updateStatus("Deployment", {
      ...scaled,
      metadata: { ...scaled.metadata, annotations: { revision: "1" } },
      status: { observedGeneration: 2 },
    });
    expect(observed.metadata).toMatchObject({ generation: 2, annotations: { revision: "1" } });
    const forged = await server.client.update("Deployment", {
      ...observed,
      metadata: { ...observed.metadata, generation: 9 },
    });
    expect(forged.metadata.generation).toBe(2);
  });
});

describe("status", () => {
  test("changes only through its own subresource", async () => {
    const created = await server.client.create("Deployment", {
      ...aDeployment("a"),
      status: { replicas: 7 },
    });
    expect(created.status).toEqual({});
    const updated = await server.client.update("Deployment", { ...created, status: { replicas: 7 } });
    expect(updated.status).toEqual({});
    const observed = await server.client.updateStatus("Deployment", {
      ...updated,
      spec: { ...updated.spec, replicas: 9 },
      status: { replicas: 7 },
    });
    expect(observed.spec.replicas).toBe(updated.spec.replicas as number);
    expect(observed.status).toEqual({ replicas: 7 });
  });

  test("can be read through its own subresource", async () => {
    const created = await server.client.create("Deployment", aDeployment("a"));
    const { object } = await server.sendForObject(
      { kind: "Deployment", ...A, subresource: "status" },
      { verb: "get" },
    );
    expect(object).toBe(created);
  });
});

describe("heartbeats", () => {
  test("of a Lease are written without waiting for the disk", async () => {
    const lazy = watchLaziness(server);
    const lease = await server.client.create("Lease", {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "node-1", namespace: "kube-node-lease" },
      spec: { holderIdentity: "node-1", leaseDurationSeconds: 40, renewTime: "2026-01-01T00:00:00.000000Z" },
    });
    const renewed = await server.client.update("Lease", {
      ...lease,
      spec: { ...lease.spec, renewTime: "2026-01-01T00:00:10.000000Z" },
    });
    await server.client.update("Lease", { ...renewed, spec: { ...renewed.spec, holderIdentity: "node-2" } });
    expect(lazy).toEqual([true, false]);
  });

  test("of a Node are written without waiting for the disk", async () => {
    const lazy = watchLaziness(server);
    const node = await server.client.create("Node", {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1" },
      spec: {},
    });
    const report = (previous: Node, time: string, status: "True" | "False"): Promise<Node> =>
      server.client.updateStatus("Node", {
        ...previous,
        status: {
          conditions: [
            { type: "Ready", status, lastHeartbeatTime: time, lastTransitionTime: "2026-01-01T00:00:00Z" },
          ],
        },
      });
    const first = await report(node, "2026-01-01T00:00:00Z", "True");
    const second = await report(first, "2026-01-01T00:00:10Z", "True");
    await report(second, "2026-01-01T00:00:20Z", "False");
    expect(lazy).toEqual([false, true, false]);
  });
});

/** Whether each update from now on was lazy. */
function watchLaziness({ store }: TestServer): readonly boolean[] {
  const lazy: boolean[] = [];
  const update = store.update.bind(store);
  store.update = (key, revision, value, options = {}) => {
    lazy.push(options.lazy === true);
    return update(key, revision, value, options);
  };
  return lazy;
}
