import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { DeleteOptions, ListOptions } from "#apimachinery/request.ts";
import { aConfigMap, aPod } from "#testing/objects.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

async function createConfigMap(finalizers: readonly string[] = []) {
  const object = aConfigMap("a", { labels: { app: "web" } });
  return await server.client.create("ConfigMap", { ...object, metadata: { ...object.metadata, finalizers } });
}

function remove(options: DeleteOptions = {}) {
  return server.sendForObject({ kind: "ConfigMap", ...A }, { verb: "delete", options });
}

describe("delete", () => {
  test("removes the object and says so", async () => {
    const { metadata } = await createConfigMap();
    const { code, object } = await remove();
    expect(code).toBe(200);
    expect(object).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "a", kind: "configmaps", uid: metadata.uid },
    } as never);
    expect(await failureOf(server.client.get("ConfigMap", A))).toBe('404 NotFound: configmaps "a" not found');
    expect(await failureOf(remove())).toBe('404 NotFound: configmaps "a" not found');
  });

  test("answers with the object for kinds that clients expect it from", async () => {
    const created = await server.client.create("ServiceAccount", {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "a", namespace: "default" },
    });
    const { object } = await server.sendForObject({ kind: "ServiceAccount", ...A }, { verb: "delete" });
    expect(object).toMatchObject({ kind: "ServiceAccount", metadata: { uid: created.metadata.uid } });
    expect(object.metadata.resourceVersion).toBe(String(server.store.revision));
  });

  test("waits for finalizers", async () => {
    await createConfigMap(["example.com/wait"]);
    await server.clock.advance(5000);
    await remove();
    expect((await server.client.get("ConfigMap", A)).metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:05Z",
      deletionGracePeriodSeconds: 0,
      finalizers: ["example.com/wait"],
    });
  });

  test("adds a finalizer for those who deal with dependents", async () => {
    await createConfigMap();
    await remove({ propagationPolicy: "Foreground" });
    expect((await server.client.get("ConfigMap", A)).metadata.finalizers).toEqual(["foregroundDeletion"]);
    await remove({ propagationPolicy: "Orphan" });
    expect((await server.client.get("ConfigMap", A)).metadata.finalizers).toEqual(["orphan"]);
    await remove({ propagationPolicy: "Background" });
    expect(await failureOf(server.client.get("ConfigMap", A))).toBe('404 NotFound: configmaps "a" not found');
  });

  test("checks preconditions", async () => {
    const { metadata } = await createConfigMap();
    const { uid, resourceVersion = "" } = metadata;
    expect(await failureOf(remove({ preconditions: { uid: "other" } }))).toBe(
      `409 Conflict: Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
    expect(await failureOf(remove({ preconditions: { resourceVersion: "1" } }))).toBe(
      `409 Conflict: Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
    await remove({ preconditions: { uid, resourceVersion } });
    expect(server.store.count("/registry/configmaps/")).toBe(0);
  });

  test.each<[string, readonly string[], DeleteOptions, number]>([
    ["goes at once", [], { orphanDependents: false }, 200],
    ["waits", ["example.com/wait"], { orphanDependents: false }, 202],
    ["waits, in a dry run", ["example.com/wait"], { orphanDependents: false, dryRun: true }, 202],
    ["waits for its dependents to be let go", [], { orphanDependents: true }, 200],
    ["waits for its dependents", [], { propagationPolicy: "Foreground" }, 200],
    ["waits for others", ["example.com/wait"], {}, 200],
  ])("of an object that %s is answered", async (_what, finalizers, options, want) => {
    await createConfigMap(finalizers);
    expect((await remove(options)).code).toBe(want);
  });

  test("leaves the order of finalizers alone", async () => {
    await createConfigMap(["orphan", "example.com/wait"]);
    await remove({ propagationPolicy: "Orphan" });
    expect((await server.client.get("ConfigMap", A)).metadata.finalizers).toEqual([
      "orphan",
      "example.com/wait",
    ]);
  });

  test.each(["Foreground", "Orphan"] as const)("of an event waits for nothing: %s", async (policy) => {
    await server.client.create("Event", {
      apiVersion: "v1",
      kind: "Event",
      metadata: { ...A, finalizers: ["orphan"] },
      involvedObject: { namespace: "default" },
      reportingComponent: "",
      reportingInstance: "",
    });
    await server.client.delete("Event", A, { propagationPolicy: policy });
    expect(await failureOf(server.client.get("Event", A))).toBe('404 NotFound: events "a" not found');
  });

  test("of a job says what becomes of its pods, unless it is told", async () => {
    const warnings = async (options: DeleteOptions) =>
      (
        await server
          .sendForList({ kind: "Job", namespace: "default" }, { verb: "deletecollection", options })
          .then(({ warnings }) => warnings)
      )?.map((text) => text.slice(0, 27));
    expect(await warnings({})).toEqual(["child pods are preserved by"]);
    expect(await warnings({ propagationPolicy: "Background" })).toEqual([]);
    expect(await warnings({ orphanDependents: true })).toEqual([]);
  });

  test("only looks in a dry run", async () => {
    await createConfigMap();
    const { revision } = server.store;
    const { object } = await remove({ dryRun: true });
    expect(object).toMatchObject({ status: "Success" });
    expect(server.store.revision).toBe(revision);
  });
});

describe("graceful deletion", () => {
  beforeEach(async () => {
    await server[Symbol.asyncDispose]();
    server = await startServer({ core: { admission: [] } });
    await server.client.create("Pod", aPod("a", { spec: { nodeName: "node-1" } }));
  });

  async function removePod(options: DeleteOptions = {}) {
    return (await server.sendForObject({ kind: "Pod", ...A }, { verb: "delete", options })).object.metadata;
  }

  test("leaves the pod to its node", async () => {
    const marks = {
      deletionTimestamp: "2026-01-01T00:00:30Z",
      deletionGracePeriodSeconds: 30,
      generation: 2,
    };
    expect(await removePod()).toMatchObject(marks);
    expect((await server.client.get("Pod", A)).metadata).toMatchObject(marks);
  });

  test("can be made to end sooner, but not later", async () => {
    await removePod();
    await server.clock.advance(1000);
    expect(await removePod({ gracePeriodSeconds: 60 })).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect(await removePod({ gracePeriodSeconds: 10 })).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:10Z",
      deletionGracePeriodSeconds: 10,
    });
  });

  test("ends at once for a pod that is on no node", async () => {
    await server.client.create("Pod", aPod("b"));
    await server.client.delete("Pod", { namespace: "default", name: "b" });
    expect(server.store.count("/registry/pods/default/b")).toBe(0);
  });

  test("ends at once when no grace is left", async () => {
    await removePod();
    await removePod({ gracePeriodSeconds: 0 });
    expect(await failureOf(server.client.get("Pod", A))).toBe('404 NotFound: pods "a" not found');
  });

  test("still waits for finalizers when no grace is left", async () => {
    const present = await server.client.get("Pod", A);
    const metadata = { ...present.metadata, finalizers: ["example.com/wait"] };
    await server.client.update("Pod", { ...present, metadata });
    expect(await removePod({ gracePeriodSeconds: 0 })).toMatchObject({ deletionGracePeriodSeconds: 0 });
    const waiting = await server.client.get("Pod", A);
    await server.client.update("Pod", { ...waiting, metadata: { ...waiting.metadata, finalizers: [] } });
    expect(await failureOf(server.client.get("Pod", A))).toBe('404 NotFound: pods "a" not found');
  });

  test("does not end with the last finalizer while the node is at it", async () => {
    await removePod();
    const waiting = await server.client.get("Pod", A);
    const labels = { ...waiting.metadata.labels, changed: "true" };
    await server.client.update("Pod", { ...waiting, metadata: { ...waiting.metadata, labels } });
    expect((await server.client.get("Pod", A)).metadata.labels).toEqual({ changed: "true" });
  });
});

describe("deletecollection", () => {
  const names = async () =>
    (await server.client.list("ConfigMap")).items.map(
      ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
    );

  function removeAll(options: DeleteOptions = {}, list: ListOptions = {}) {
    return server.sendForList(
      { kind: "ConfigMap", namespace: "default" },
      { verb: "deletecollection", options, list },
    );
  }

  beforeEach(async () => {
    const objects = [
      aConfigMap("a", { labels: { app: "web" } }),
      aConfigMap("b", { labels: { app: "db" } }),
      aConfigMap("c", { labels: { app: "web" } }),
      aConfigMap("d", { namespace: "kube-system" }),
    ];
    for (const object of objects) await server.client.create("ConfigMap", object);
  });

  test("deletes everything in the namespace and answers with what was there", async () => {
    const { list } = await removeAll();
    expect(list.kind).toBe("ConfigMapList");
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
    expect(await names()).toEqual(["kube-system/d"]);
  });

  test.each<[string, ListOptions, string[]]>([
    ["a label", { labelSelector: "app=web" }, ["default/b", "kube-system/d"]],
    ["a field", { fieldSelector: "metadata.name!=b" }, ["default/b", "kube-system/d"]],
    ["nothing", { labelSelector: "app=none" }, ["default/a", "default/b", "default/c", "kube-system/d"]],
  ])("deletes what is selected by %s", async (_what, list, left) => {
    await removeAll({}, list);
    expect(await names()).toEqual(left);
  });

  test("only looks in a dry run", async () => {
    await removeAll({ dryRun: true });
    expect(await names()).toHaveLength(4);
  });
});
