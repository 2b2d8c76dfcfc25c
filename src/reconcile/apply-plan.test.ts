import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { KubeObject, NewObject } from "#apimachinery/meta.ts";
import { conflict, forbidden, isNotFound } from "#apimachinery/status-error.ts";
import { createClient } from "#client/create-client.ts";
import { ModelApi } from "#testing/model-api.ts";
import type { Action, WriteReport } from "./action.ts";
import { type Applied, applyPlan } from "./apply-plan.ts";
import { builtInResources } from "./kind-discovery.ts";
import { KindTable } from "./kind-table.ts";
import { UndeclaredWrite, UnmetRequirement, Writer } from "./writer.ts";

const kinds = new KindTable(builtInResources());
const about: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default", uid: "ns" } };

interface Trial {
  readonly api: ModelApi;
  readonly events: string[];
  readonly apply: (...actions: Action[]) => Promise<Applied>;
}

function aTrial(writes: readonly string[] = ["ConfigMap", "Pod/eviction"]): Trial {
  const api = new ModelApi();
  const events: string[] = [];
  const writer = new Writer(
    { controller: "test", writes },
    { client: createClient(api), kinds: () => kinds },
  );
  const recorder = {
    record: (_: unknown, { reason, message }: { reason: string; message: string }) =>
      void events.push(`${reason}: ${message}`),
  };
  const { signal } = new AbortController();
  return { api, events, apply: (...actions) => applyPlan({ actions }, { writer, recorder }, signal) };
}

function aConfigMap(name: string): NewObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } };
}

function create(name: string, report?: WriteReport): Action {
  return { type: "create", object: aConfigMap(name), ...(report && { report }) };
}

function remove(
  { metadata: { name, uid } }: KubeObject,
  more: Partial<Extract<Action, { type: "delete" }>> = {},
): Action {
  return { type: "delete", target: { kind: "ConfigMap", namespace: "default", name }, uid, ...more };
}

function namesIn(api: ModelApi): string[] {
  return api.objects("configmaps").map(({ metadata }) => metadata.name);
}

describe("applyPlan", () => {
  test("performs every kind of action", async () => {
    const { api, events, apply } = aTrial(["ConfigMap", "ConfigMap/status", "Pod/eviction"]);
    const old = api.put("configmaps", aConfigMap("old"));
    const kept = api.put("configmaps", aConfigMap("kept")) as ConfigMap;
    const pod = api.put("pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
    });
    const target = { kind: "ConfigMap", namespace: "default", name: "kept" };
    const updated: ConfigMap = { ...kept, data: { a: "1" } };
    const { writes, failure } = await apply(
      create("new"),
      { type: "update", object: updated },
      { type: "patch", target, uid: kept.metadata.uid, patch: { data: { b: "2" } } },
      remove(old),
      { type: "evict", target: { kind: "Pod", namespace: "default", name: "p" }, uid: pod.metadata.uid },
      { type: "event", about, event: { type: "Normal", reason: "Done", message: "all of it" } },
    );
    expect(failure).toBeUndefined();
    expect(namesIn(api)).toEqual(["kept", "new"]);
    expect(api.objects("configmaps")[0]).toMatchObject({ data: { a: "1", b: "2" } });
    expect(api.objects("pods")).toEqual([]);
    expect(events).toEqual(["Done: all of it"]);
    expect(writes.map(({ type }) => type)).toEqual(["written", "written", "written", "deleted", "deleted"]);
  });

  test("stops at the first failure and says what was written before", async () => {
    const { api, apply } = aTrial();
    const present = api.put("configmaps", aConfigMap("present"));
    const stale: KubeObject = { ...present, metadata: { ...present.metadata, resourceVersion: "1" } };
    const { writes, failure } = await apply(
      create("first"),
      { type: "update", object: stale },
      create("last"),
    );
    expect(writes).toHaveLength(1);
    expect(failure?.action.type).toBe("update");
    expect(namesIn(api)).toEqual(["present", "first"]);
  });

  test("asks for one object that cannot be created, not for a hundred", async () => {
    const { api, apply } = aTrial();
    api.failWith(({ target }) => forbidden(target, "x", "quota"));
    const { failure } = await apply(
      ...Array.from({ length: 100 }, (_, index) => create(`c${String(index)}`)),
    );
    expect(failure?.error).toBeInstanceOf(Error);
    expect(api.requests).toHaveLength(1);
  });

  test("creates many in growing batches", async () => {
    const { api, apply } = aTrial();
    await apply(...Array.from({ length: 20 }, (_, index) => create(`c${String(index)}`)));
    expect(namesIn(api)).toHaveLength(20);
  });

  test("takes a name that exists as a sign of stale caches, and goes on", async () => {
    const { api, apply } = aTrial();
    api.put("configmaps", aConfigMap("a"));
    const { isStale, failure } = await apply(create("a"), create("b"));
    expect(isStale).toBeTrue();
    expect(failure).toBeUndefined();
    expect(namesIn(api)).toEqual(["a", "b"]);
  });

  test("takes an object that is gone as deleted, but not another one of the name", async () => {
    const { api, apply } = aTrial();
    const other = api.put("configmaps", aConfigMap("a"));
    const gone: KubeObject = { ...other, metadata: { ...other.metadata, name: "gone" } };
    const reborn: KubeObject = { ...other, metadata: { ...other.metadata, uid: "before" } };
    expect((await apply(remove(gone))).failure).toBeUndefined();
    expect((await apply(remove(reborn))).failure?.action.type).toBe("delete");
    expect(namesIn(api)).toEqual(["a"]);
  });

  test("patches nothing but the object that is meant", async () => {
    const { api, apply } = aTrial();
    api.put("configmaps", aConfigMap("a"));
    const target = { kind: "ConfigMap", namespace: "default", name: "a" };
    const { failure } = await apply({ type: "patch", target, uid: "before", patch: { data: {} } });
    expect(failure).toBeDefined();
    expect(api.objects("configmaps")[0]).not.toHaveProperty("data");
  });

  test("refuses a plan with an undeclared write before it does anything", async () => {
    const { api, apply } = aTrial(["ConfigMap"]);
    const status: Action = { type: "updateStatus", object: { ...about } };
    await expect(apply(create("a"), status)).rejects.toThrow(UndeclaredWrite);
    expect(api.requests).toEqual([]);
  });

  test("reports writes with the names and errors that the server gave", async () => {
    const { api, events, apply } = aTrial();
    const report: WriteReport = {
      about,
      succeeded: { type: "Normal", reason: "Created", message: "Created {name}" },
      failed: { type: "Warning", reason: "Failed", message: "Error: {error}" },
    };
    await apply(create("a", report));
    api.failWith(({ target }) => conflict(target, "b", "busy"));
    await apply(create("b", report));
    expect(events).toEqual([
      "Created: Created a",
      'Failed: Error: Operation cannot be fulfilled on configmaps "b": busy',
    ]);
  });
});

describe("requirements", () => {
  const target = { kind: "ConfigMap", namespace: "default", name: "owner" };

  test("hold back a deletion while the owner exists at the server", async () => {
    const { api, apply } = aTrial();
    const owner = api.put("configmaps", aConfigMap("owner"));
    const child = api.put("configmaps", aConfigMap("child"));
    const absent = { type: "absent", target, uid: owner.metadata.uid } as const;
    expect((await apply(remove(child, { requires: [absent] }))).failure?.error).toBeInstanceOf(
      UnmetRequirement,
    );
    const reborn = { ...absent, uid: "before" };
    expect((await apply(remove(child, { requires: [reborn] }))).failure).toBeUndefined();
    expect(namesIn(api)).toEqual(["owner"]);
  });

  test("hold back a change of status while anything has the name", async () => {
    const { api, apply } = aTrial(["ConfigMap/status"]);
    const owner = api.put("configmaps", aConfigMap("owner"));
    const object = api.put("configmaps", aConfigMap("child"));
    const change: Action = { type: "updateStatus", object, requires: [{ type: "absent", target }] };
    expect((await apply(change)).failure?.error).toBeInstanceOf(UnmetRequirement);
    api.remove("configmaps", owner.metadata);
    expect((await apply(change)).failure).toBeUndefined();
  });

  test("hold when the owner is not found", async () => {
    const { api, apply } = aTrial();
    const child = api.put("configmaps", aConfigMap("child"));
    await apply(remove(child, { requires: [{ type: "absent", target, uid: "x" }] }));
    expect(namesIn(api)).toEqual([]);
  });

  test("fail when the server cannot tell", async () => {
    const { api, apply } = aTrial();
    const child = api.put("configmaps", aConfigMap("child"));
    api.failWith((request) =>
      request.operation.verb === "get" ? forbidden(request.target, "x", "no") : undefined,
    );
    const { failure } = await apply(remove(child, { requires: [{ type: "absent", target, uid: "x" }] }));
    expect(isNotFound(failure?.error)).toBeFalse();
    expect(namesIn(api)).toEqual(["child"]);
  });

  test("look into a namespace for what is left", async () => {
    const { api, apply } = aTrial();
    const last = api.put("configmaps", aConfigMap("last"));
    const requires = [
      { type: "empty", kind: "Secret", namespace: "default" },
      { type: "empty", kind: "ConfigMap", namespace: "default" },
    ] as const;
    const { failure } = await apply({ type: "update", object: last, requires });
    expect(failure?.error).toEqual(
      new UnmetRequirement({ type: "empty", kind: "ConfigMap", namespace: "default" }),
    );
  });
});
