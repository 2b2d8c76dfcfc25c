import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { aDeployment } from "#testing/workloads.ts";
import { failureOf } from "./failure.ts";
import { owners } from "./owners.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

describe("scale", () => {
  const SCALE = { kind: "Deployment", ...A, subresource: "scale" } as const;

  beforeEach(() => server.client.create("Deployment", aDeployment("a"), { fieldManager: "creator" }));

  const replicas = async () => (await server.client.get("Deployment", A)).spec.replicas;
  const replicaOwners = async () =>
    owners((await server.client.get("Deployment", A)).metadata.managedFields)
      .filter((text) => / f:spec\.(\S* f:spec\.)*f:replicas/.test(text))
      .map((text) => text.split(" f:")[0]);

  test("shows the replicas of a workload", async () => {
    const present = await server.client.get("Deployment", A);
    await server.client.updateStatus("Deployment", { ...present, status: { replicas: 1 } });
    const { object } = await server.sendForObject(SCALE, { verb: "get" });
    const { metadata } = await server.client.get("Deployment", A);
    expect(object).toEqual({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      metadata: {
        name: "a",
        namespace: "default",
        uid: metadata.uid,
        resourceVersion: metadata.resourceVersion,
        creationTimestamp: "2026-01-01T00:00:00Z",
      },
      spec: { replicas: 1 },
      status: { replicas: 1, selector: "app=web" },
    } as never);
  });

  test("is replaced", async () => {
    const { object } = await server.sendForObject(SCALE, { verb: "get" });
    const scaled = await server.sendForObject(SCALE, {
      verb: "update",
      object: { ...object, spec: { replicas: 5 } },
      options: { fieldManager: "scaler" },
    });
    expect(scaled.object).toMatchObject({ kind: "Scale", spec: { replicas: 5 } });
    expect(await replicas()).toBe(5);
    expect((await server.client.get("Deployment", A)).metadata.generation).toBe(2);
    expect(await replicaOwners()).toEqual(["scaler Update apps/v1 scale"]);
  });

  test.each<["merge" | "json", unknown]>([
    ["merge", { spec: { replicas: 7 } }],
    ["json", [{ op: "replace", path: "/spec/replicas", value: 7 }]],
  ])("is patched by a %s patch", async (patchType, patch) => {
    const options = { fieldManager: "scaler" };
    await server.send(SCALE, { verb: "patch", patchType, patch, options });
    expect(await replicas()).toBe(7);
    expect(await replicaOwners()).toEqual(["scaler Update apps/v1 scale"]);
  });

  test("is applied, with regard for who owns the replicas", async () => {
    const scale = {
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a" },
      spec: { replicas: 9 },
    };
    const apply = (force: boolean): Promise<unknown> =>
      server.send(SCALE, {
        verb: "patch",
        patchType: "apply",
        patch: scale,
        options: { fieldManager: "gitops", force },
      });
    expect(await failureOf(apply(false))).toBe(
      '409 Conflict: Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas',
    );
    await apply(true);
    expect(await replicas()).toBe(9);
    expect(await replicaOwners()).toEqual(["gitops Apply apps/v1 scale"]);
  });

  test("that is the same leaves the owner alone", async () => {
    const { object } = await server.sendForObject(SCALE, { verb: "get" });
    await server.send(SCALE, { verb: "update", object, options: { fieldManager: "scaler" } });
    expect(await replicaOwners()).toEqual(["creator Update apps/v1"]);
  });

  test("refuses what makes no sense", async () => {
    const { object } = await server.sendForObject(SCALE, { verb: "get" });
    const update = (next: unknown) => failureOf(server.send(SCALE, { verb: "update", object: next }));
    expect(await update({ ...object, spec: { replicas: -1 } })).toBe(
      '422 Invalid: Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(await update({ ...object, metadata: { ...object.metadata, uid: "other" } })).toContain(
      'Operation cannot be fulfilled on deployments/scale.apps "a": Precondition failed: UID in precondition: other',
    );
    expect(await update({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } })).toContain(
      'Operation cannot be fulfilled on deployments.apps "a": the object has been modified',
    );
  });

  test("is not there for kinds that cannot be scaled", async () => {
    const request = server.send({ kind: "DaemonSet", ...A, subresource: "scale" }, { verb: "get" });
    expect(await failureOf(request)).toBe("404 NotFound: the server could not find the requested resource");
  });
});
