import { describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { NewObject } from "#apimachinery/meta.ts";
import { forbidden, serviceUnavailable } from "#apimachinery/status-error.ts";
import { createClient } from "#client/create-client.ts";
import { silentLogger } from "#observability/logger.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { ModelApi } from "#testing/model-api.ts";
import type { Informer } from "./informer.ts";
import { ReflectedInformers } from "./shared-informers.ts";

function aConfigMap(name: string, value = "1", namespace = "default"): NewObject {
  const data: Partial<ConfigMap> = { data: { value } };
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace }, ...data };
}

interface World extends AsyncDisposable {
  readonly api: ModelApi;
  readonly clock: FakeClock;
  readonly informers: ReflectedInformers;
}

function aWorld(): World {
  const api = new ModelApi();
  const clock = new FakeClock();
  const client = createClient(api);
  const informers = new ReflectedInformers({ client, clock, random: () => 0, logger: silentLogger });
  return { api, clock, informers, [Symbol.asyncDispose]: () => informers[Symbol.asyncDispose]() };
}

/** What the informer says, from now on. */
function logOf(informer: Informer): string[] {
  const log: string[] = [];
  informer.onChange((changes) =>
    log.push(...changes.map(({ type, object }) => `${type} ${object.metadata.name}`)),
  );
  return log;
}

describe("an informer", () => {
  test("lists, then follows changes", async () => {
    await using world = aWorld();
    world.api.put("configmaps", aConfigMap("a"));
    const informer = world.informers.informer("ConfigMap");
    const log = logOf(informer);
    expect(informer.isSynced).toBeFalse();
    await informer.synced;
    world.api.put("configmaps", aConfigMap("b"));
    world.api.put("configmaps", aConfigMap("a", "2"));
    world.api.remove("configmaps", { namespace: "default", name: "b" });
    await world.clock.advance(0);
    expect(log).toEqual(["added a", "added b", "updated a", "deleted b"]);
    expect(informer.get("default", "a")?.data).toEqual({ value: "2" });
    expect(informer.resourceVersion).toBe(String(world.api.revision));
  });

  test("tells a late handler of what is there", async () => {
    await using world = aWorld();
    world.api.put("configmaps", aConfigMap("a"));
    const informer = world.informers.informer("ConfigMap");
    await informer.synced;
    expect(logOf(informer)).toEqual(["added a"]);
  });

  test("goes on after a broken connection without listing again", async () => {
    await using world = aWorld();
    const informer = world.informers.informer("ConfigMap");
    const log = logOf(informer);
    await informer.synced;
    await world.clock.advance(0);
    world.api.disconnect(serviceUnavailable("connection lost"));
    world.api.put("configmaps", aConfigMap("a"));
    await world.clock.advance(799);
    expect(log).toEqual([]);
    await world.clock.advance(1);
    expect(log).toEqual(["added a"]);
    expect(world.api.requests.filter((request) => request.startsWith("list"))).toHaveLength(1);
  });

  test("lists again after history was compacted, and reports the difference", async () => {
    await using world = aWorld();
    world.api.put("configmaps", aConfigMap("gone"));
    world.api.put("configmaps", aConfigMap("changed"));
    const informer = world.informers.informer("ConfigMap");
    const log = logOf(informer);
    await world.clock.advance(0);
    world.api.disconnect(serviceUnavailable("connection lost"));
    world.api.remove("configmaps", { namespace: "default", name: "gone" });
    world.api.put("configmaps", aConfigMap("changed", "2"));
    world.api.put("configmaps", aConfigMap("new"));
    world.api.compact();
    await world.clock.advance(1000);
    expect(log).toEqual(["added gone", "added changed", "deleted gone", "updated changed", "added new"]);
  });

  test("backs off while the server refuses, and syncs when it answers", async () => {
    await using world = aWorld();
    world.api.failWith(({ target }) => forbidden(target, "", "no"));
    const informer = world.informers.informer("ConfigMap");
    await world.clock.advance(60_000);
    expect(informer.isSynced).toBeFalse();
    expect(world.api.requests.length).toBeLessThan(10);
    world.api.failWith(undefined);
    await world.clock.advance(60_000);
    expect(informer.isSynced).toBeTrue();
  });

  test("keeps its other handlers when one of them fails", async () => {
    await using world = aWorld();
    const informer = world.informers.informer("ConfigMap");
    informer.onChange(() => {
      throw new TypeError("broken handler");
    });
    const log = logOf(informer);
    await informer.synced;
    world.api.put("configmaps", aConfigMap("a"));
    await world.clock.advance(0);
    expect(log).toEqual(["added a"]);
  });
});

describe("shared informers", () => {
  test("are one per selection", async () => {
    await using world = aWorld();
    const { informers } = world;
    expect(informers.informer("Pod")).toBe(informers.informer("Pod"));
    const ofNode = { fieldSelector: "spec.nodeName=n1" };
    expect(informers.informer("Pod", ofNode)).toBe(informers.informer("Pod", ofNode));
    expect(informers.informer("Pod", ofNode)).not.toBe(informers.informer("Pod"));
    await informers.informer("Pod").synced;
    expect(world.api.requests.filter((request) => request === "list pods")).toHaveLength(2);
  });

  test("keep metadata alone when nothing else is wanted", async () => {
    await using world = aWorld();
    world.api.put("configmaps", aConfigMap("a"));
    const informer = world.informers.informer("ConfigMap", { metadataOnly: true });
    await informer.synced;
    world.api.put("configmaps", aConfigMap("b"));
    await world.clock.advance(0);
    expect(informer.list().map((object) => Object.keys(object))).toEqual([
      ["apiVersion", "kind", "metadata"],
      ["apiVersion", "kind", "metadata"],
    ]);
  });

  test("stop watching what is forgotten and everything when they are disposed", async () => {
    const world = aWorld();
    const forgotten = world.informers.informer("ConfigMap");
    const log = logOf(forgotten);
    await forgotten.synced;
    world.informers.forget(forgotten.resource);
    world.api.put("configmaps", aConfigMap("a"));
    await world.clock.advance(0);
    expect(log).toEqual([]);
    await world.informers.informer("Pod").synced;
    await world[Symbol.asyncDispose]();
    expect(world.clock.pending).toBe(0);
  });
});
