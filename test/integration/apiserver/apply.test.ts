import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { PatchOptions } from "#apimachinery/request.ts";
import { aConfigMap } from "#testing/objects.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { owners } from "./owners.ts";
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
