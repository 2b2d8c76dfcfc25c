import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Namespace } from "#api/generated/core-v1.ts";
import { aConfigMap } from "#testing/objects.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const TEAM = { name: "team" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
  await server.client.create("Namespace", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: TEAM,
    spec: {},
  });
});
afterEach(() => server[Symbol.asyncDispose]());

const getNamespace = (): Promise<Namespace> => server.client.get("Namespace", TEAM);

function finalize(namespace: Namespace, finalizers: readonly string[]): Promise<Namespace> {
  return server.client.update(
    "Namespace",
    { ...namespace, spec: { finalizers } },
    { subresource: "finalize" },
  );
}

describe("a namespace", () => {
  test("is active and waits for its content when it goes", async () => {
    expect(await getNamespace()).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": "team" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    });
  });

  test("terminates, and goes when it is finalized", async () => {
    const { code, object } = await server.sendForObject({ kind: "Namespace", ...TEAM }, { verb: "delete" });
    expect(code).toBe(200);
    expect(object).toMatchObject({ kind: "Namespace", status: { phase: "Terminating" } });
    const terminating = await getNamespace();
    expect(terminating).toMatchObject({
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      spec: { finalizers: ["kubernetes"] },
    });
    await server.client.delete("Namespace", TEAM);
    expect(await getNamespace()).toBe(terminating);
    await finalize(terminating, []);
    expect(await failureOf(getNamespace())).toBe('404 NotFound: namespaces "team" not found');
  });

  test("goes only under the preconditions of the request", async () => {
    const { uid, resourceVersion = "" } = (await getNamespace()).metadata;
    const refusal = (preconditions: { uid?: string; resourceVersion?: string }) =>
      failureOf(server.client.delete("Namespace", TEAM, { preconditions }));
    const start = '409 Conflict: Operation cannot be fulfilled on namespaces "team": Precondition failed: ';
    expect(await refusal({ uid: "x" })).toBe(`${start}UID in precondition: x, UID in object meta: ${uid}`);
    expect(await refusal({ uid, resourceVersion: "1" })).toBe(
      `${start}ResourceVersion in precondition: 1, ResourceVersion in object meta: ${resourceVersion}`,
    );
    await server.client.delete("Namespace", TEAM, { preconditions: { uid, resourceVersion } });
    expect((await getNamespace()).status?.phase).toBe("Terminating");
  });

  test.each([
    [{ propagationPolicy: "Orphan" }, ["orphan"]],
    [{ propagationPolicy: "Background" }, undefined],
    [{ orphanDependents: false }, ["foregroundDeletion"]],
  ] as const)("that goes with %j has the finalizers %j", async (options, finalizers) => {
    await server.client.delete("Namespace", TEAM, options);
    expect((await getNamespace()).metadata.finalizers).toEqual(finalizers as never);
  });

  test("goes with its last finalizer, whichever of the two lists it is in", async () => {
    const present = await getNamespace();
    const metadata = { ...present.metadata, finalizers: ["example.com/wait"] };
    await server.client.update("Namespace", { ...present, metadata });
    await server.client.delete("Namespace", TEAM);
    await finalize(await getNamespace(), []);
    const waiting = await getNamespace();
    expect(waiting.spec.finalizers ?? []).toEqual([]);
    await server.client.update("Namespace", {
      ...waiting,
      metadata: { ...waiting.metadata, finalizers: [] },
    });
    expect(await failureOf(getNamespace())).toBe('404 NotFound: namespaces "team" not found');
  });

  test("keeps its finalizers from plain updates", async () => {
    const present = await getNamespace();
    const updated = await server.client.update("Namespace", { ...present, spec: { finalizers: [] } });
    expect(updated.spec.finalizers).toEqual(["kubernetes"]);
  });

  test("takes no new content once it terminates", async () => {
    await server.client.create("ConfigMap", aConfigMap("old", { namespace: "team" }));
    await server.client.delete("Namespace", TEAM);
    const { status } = await statusErrorOf(
      server.client.create("ConfigMap", aConfigMap("new", { namespace: "team" })),
    );
    expect(status).toMatchObject({
      code: 403,
      reason: "Forbidden",
      message:
        'configmaps "new" is forbidden: unable to create new content in namespace team because it is being terminated',
      details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
    });
    const token = server.client.createSubresource(
      "ServiceAccount",
      { namespace: "team", name: "default" },
      "token",
      { spec: {} },
    );
    expect(await failureOf(token)).toContain("because it is being terminated");
    await server.client.delete("ConfigMap", { namespace: "team", name: "old" });
  });

  test.each(["default", "kube-system", "kube-public"])("%s cannot be deleted", async (name) => {
    expect(await failureOf(server.client.delete("Namespace", { name }))).toBe(
      `403 Forbidden: namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  });

  test("only looks as if it went in a dry run", async () => {
    const { object } = await server.sendForObject(
      { kind: "Namespace", ...TEAM },
      { verb: "delete", options: { dryRun: true } },
    );
    expect(object).toMatchObject({ status: { phase: "Terminating" } });
    expect((await getNamespace()).status?.phase).toBe("Active");
  });
});
