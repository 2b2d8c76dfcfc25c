import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { ManagedFieldsEntry } from "#apimachinery/generated/meta-v1.ts";
import type { PatchOptions } from "#apimachinery/request.ts";
import { aConfigMap } from "#testing/objects.ts";
import { aDeployment } from "#testing/workloads.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { type Place, startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function apply(document: unknown, options: PatchOptions = {}, place: Place = { kind: "ConfigMap", ...A }) {
  return server.sendForObject(place, {
    verb: "patch",
    patchType: "apply",
    patch: document,
    options: { fieldManager: "gitops", ...options },
  });
}

const configMap = (data: Record<string, string>, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
  data,
});

/** `gitops Apply v1 f:data.f:a` */
function owners(entries: readonly ManagedFieldsEntry[] = []): readonly string[] {
  return entries.map(({ manager, operation, apiVersion, subresource, fieldsV1 }) => {
    const who = [manager, operation, apiVersion, ...(subresource === undefined ? [] : [subresource])];
    return `${who.join(" ")} ${paths(fieldsV1).join(" ")}`;
  });
}

function paths(fields: unknown, prefix = ""): readonly string[] {
  return Object.entries(fields as Record<string, unknown>).flatMap(([key, value]) =>
    Object.keys(value as object).length === 0 ? [`${prefix}${key}`] : paths(value, `${prefix}${key}.`),
  );
}

describe("apply", () => {
  test("creates what is missing", async () => {
    const { code, object } = await apply(configMap({ a: "1" }));
    expect(code).toBe(201);
    expect(object).toMatchObject({ metadata: { namespace: "default" }, data: { a: "1" } });
    expect(owners(object.metadata.managedFields)).toEqual(["gitops Apply v1 f:data.f:a"]);
    expect(object.metadata.managedFields?.[0]?.time).toBe("2026-01-01T00:00:00Z");
  });

  test("removes what is no longer applied, and nothing of others", async () => {
    await apply(configMap({ a: "1", b: "2" }));
    await server.client.patch("ConfigMap", A, { type: "merge", document: { data: { c: "3" } } });
    const { object } = await apply(configMap({ b: "2" }));
    expect(object).toMatchObject({ data: { b: "2", c: "3" } });
    expect(object).not.toHaveProperty("data.a");
    expect(owners(object.metadata.managedFields)).toEqual([
      "gitops Apply v1 f:data.f:b",
      "kubectl Update v1 f:data.f:c",
    ]);
  });

  test("does not take fields from others unless it is forced to", async () => {
    await server.client.create("ConfigMap", aConfigMap("a", { data: { a: "1" } }));
    const { status } = await statusErrorOf(apply(configMap({ a: "2" })));
    expect(status).toMatchObject({
      code: 409,
      reason: "Conflict",
      message: 'Apply failed with 1 conflict: conflict with "kubectl" using v1: .data.a',
      details: { causes: [{ reason: "FieldManagerConflict", field: ".data.a" }] },
    });
    const { object } = await apply(configMap({ a: "2" }), { force: true });
    expect(object).toMatchObject({ data: { a: "2" } });
    expect(owners(object.metadata.managedFields)).toEqual([
      "gitops Apply v1 f:data.f:a",
      "kubectl Update v1 f:data",
    ]);
  });

  test("that changes nothing writes nothing", async () => {
    await apply(configMap({ a: "1" }));
    const { revision } = server.store;
    await server.clock.advance(60_000);
    const { code } = await apply(configMap({ a: "1" }));
    expect(code).toBe(200);
    expect(server.store.revision).toBe(revision);
  });

  test("sets defaults for what it creates", async () => {
    const { object } = await apply(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: {
          selector: { matchLabels: { app: "web" } },
          template: {
            metadata: { labels: { app: "web" } },
            spec: { containers: [{ name: "web", image: "web:1" }] },
          },
        },
      },
      {},
      { kind: "Deployment", ...A },
    );
    expect(object).toMatchObject({
      metadata: { generation: 1 },
      spec: { replicas: 1, template: { spec: { restartPolicy: "Always" } } },
      status: {},
    });
    expect(owners(object.metadata.managedFields)[0]).not.toContain("f:replicas");
  });

  test.each<[string, unknown, string]>([
    [
      "another name",
      configMap({}, { name: "b" }),
      "400 BadRequest: the name of the object (b) does not match the name on the URL (a)",
    ],
    [
      "a uid of something that is not there",
      configMap({}, { uid: "u" }),
      '409 Conflict: Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid u, and no existing object was found',
    ],
    [
      "unknown fields",
      { ...configMap({}), foo: 1 },
      "500 Unknown: failed to create typed patch object (/a; /v1, Kind=ConfigMap): .foo: field not declared in schema",
    ],
  ])("refuses %s", async (_what, document, failure) => {
    expect(await failureOf(apply(document))).toBe(failure);
  });

  test("of a status does not create anything", async () => {
    const document = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, status: {} };
    const place = { kind: "Deployment", ...A, subresource: "status" } as const;
    expect(await failureOf(apply(document, {}, place))).toBe('404 NotFound: deployments.apps "a" not found');
  });

  test("only looks in a dry run", async () => {
    const { revision } = server.store;
    const { code } = await apply(configMap({ a: "1" }), { dryRun: true });
    expect(code).toBe(201);
    expect(server.store.revision).toBe(revision);
  });

  test("of many appliers loses nothing", async () => {
    const appliers = Array.from({ length: 10 }, (_, index) =>
      apply(configMap({ [`k${String(index)}`]: "x" }), { fieldManager: `m${String(index)}` }),
    );
    await Promise.all(appliers);
    const { data, metadata } = await server.client.get("ConfigMap", A);
    expect(Object.keys(data ?? {})).toHaveLength(10);
    expect(metadata.managedFields).toHaveLength(10);
  });
});

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

  test("can be removed by their owner", async () => {
    const created = await server.client.create("ConfigMap", aConfigMap("a"));
    const metadata = { ...created.metadata, managedFields: [{}] };
    const updated = await server.client.update("ConfigMap", { ...created, metadata });
    expect(updated.metadata.managedFields).toBeUndefined();
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
  });
});

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
    expect(await failureOf(apply(scale, {}, SCALE))).toBe(
      '409 Conflict: Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas',
    );
    await apply(scale, { force: true }, SCALE);
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
