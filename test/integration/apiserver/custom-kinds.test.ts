import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Kind } from "#api/kind.ts";
import type { Resource } from "#api/resource.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { ObjectSchema } from "#apimachinery/schema.ts";
import { bytesOf } from "#https/answer.ts";
import { serveCustom, unserveCustom } from "#testing/custom-resources.ts";
import { aField, aScalar, aStruct } from "#testing/schema.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

interface Widget extends KubeObject {
  readonly spec: { readonly size?: number; readonly length?: number };
  readonly status?: { readonly ready?: boolean };
}

function widgetResource(version: string): Resource {
  return {
    group: "example.com",
    version,
    kind: "Widget",
    name: "widgets",
    singular: "widget",
    namespaced: true,
    verbs: ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"],
    shortNames: [],
    categories: [],
    subresources: [{ name: "status", kind: "Widget", verbs: ["get", "update", "patch"] }],
  };
}

function widgetSchema(size: string): ObjectSchema {
  const text = aScalar("string");
  return aStruct("Widget", {
    kind: text,
    apiVersion: text,
    metadata: aStruct("ObjectMeta", {
      name: text,
      generateName: text,
      namespace: text,
      uid: text,
      resourceVersion: text,
      generation: aScalar("int64"),
      creationTimestamp: aScalar("time"),
    }),
    spec: aStruct("WidgetSpec", { [size]: aField(aScalar("int64"), { presence: "whenSet" }) }),
    status: aField(aStruct("WidgetStatus", { ready: aScalar("boolean") }), { presence: "whenSet" }),
  });
}

const V1: Kind = { resource: widgetResource("v1") };
/** Calls `size` a length. */
const V2: Kind = {
  resource: widgetResource("v2"),
  storage: {
    resource: V1.resource,
    toStorage: (object) => rename(object as Widget, "example.com/v1", "length", "size"),
    fromStorage: (object) => rename(object as Widget, "example.com/v2", "size", "length"),
  },
};

function rename(
  { spec, ...object }: Widget,
  apiVersion: string,
  from: "size" | "length",
  to: "size" | "length",
): Widget {
  const { [from]: value, ...others } = spec;
  return { ...object, apiVersion, spec: { ...others, ...(value !== undefined && { [to]: value }) } };
}

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function serve(): void {
  serveCustom(server.state.registry, V1, widgetSchema("size"), [
    { kind: V2, schema: widgetSchema("length") },
  ]);
}

const widget = (name: string, version = "v1", spec: object = { size: 1 }): Widget => ({
  apiVersion: `example.com/${version}`,
  kind: "Widget",
  metadata: { name, namespace: "default", uid: "" },
  spec,
});

describe("a custom kind", () => {
  test("is served from when it is added until it is removed", async () => {
    const changes: number[] = [];
    using _ = server.state.registry.onChange(() => changes.push(server.state.registry.list().length));
    const list = () => failureOf(server.client.list(V1.resource));
    expect(await list()).toBe("404 NotFound: the server could not find the requested resource");
    serve();
    await server.client.create(V1.resource, widget("a"));
    expect((await server.client.list(V1.resource)).items).toHaveLength(1);
    unserveCustom(server.state.registry, V1);
    expect(await list()).toBe("404 NotFound: the server could not find the requested resource");
    expect(changes).toHaveLength(2);
  });

  test("ends its watches when it is changed or removed", async () => {
    serve();
    await using first = await server.watch({ kind: V1.resource });
    await first.settled();
    serve();
    await first.settled();
    expect(first.ended).toBe(true);
    await using second = await server.watch({ kind: V1.resource });
    await second.settled();
    expect(second.ended).toBe(false);
    unserveCustom(server.state.registry, V1);
    await second.settled();
    expect(second.ended).toBe(true);
  });

  test("is stored under its group, with its kind in lists", async () => {
    serve();
    await server.client.create(V1.resource, widget("a"));
    expect(server.store.get("/registry/example.com/widgets/default/a")).toBeDefined();
    const response = await server.sendForList({ kind: V1.resource }, { verb: "list" });
    const body = JSON.parse(bytesOf(response.pieces()).toString()) as { items: KubeObject[] };
    expect(body.items[0]).toMatchObject({ kind: "Widget", apiVersion: "example.com/v1" });
  });

  test("has a generation, and a status of its own", async () => {
    serve();
    const created = (await server.client.create(V1.resource, widget("a"))) as Widget;
    expect(created.metadata.generation).toBe(1);
    const observed = (await server.client.updateStatus(V1.resource, {
      ...created,
      metadata: { ...created.metadata, labels: { a: "b" } },
      spec: { size: 5 },
      status: { ready: true },
    } as Widget)) as Widget;
    expect(observed).toMatchObject({ spec: { size: 1 }, status: { ready: true } });
    expect(observed.metadata.labels).toBeUndefined();
    const grown = (await server.client.update(V1.resource, {
      ...observed,
      spec: { size: 2 },
      status: { ready: false },
    } as Widget)) as Widget;
    expect(grown).toMatchObject({ metadata: { generation: 2 }, spec: { size: 2 }, status: { ready: true } });
  });

  test("is converted where it is served in another version than it is stored in", async () => {
    serve();
    await using watching = await server.watch({ kind: V2.resource }, {});
    const created = await server.client.create(V2.resource, widget("a", "v2", { length: 3 }));
    expect(created).toMatchObject({ apiVersion: "example.com/v2", spec: { length: 3 } });
    expect(await server.client.get(V1.resource, { namespace: "default", name: "a" })).toMatchObject({
      apiVersion: "example.com/v1",
      spec: { size: 3 },
      metadata: { resourceVersion: created.metadata.resourceVersion },
    });
    const [listed] = (await server.client.list(V2.resource)).items;
    expect(listed).toBe(created);
    const patched = await server.client.patch(
      V2.resource,
      { namespace: "default", name: "a" },
      { type: "merge", document: { spec: { length: 4 } } },
    );
    expect(patched).toMatchObject({ spec: { length: 4 } });
    await watching.settled();
    expect(watching.events.map(({ type, object }) => [type, (object as Widget).spec])).toEqual([
      ["ADDED", { length: 3 }],
      ["MODIFIED", { length: 4 }],
    ]);
    const line = new TextDecoder().decode(watching.events[0]?.bytes());
    expect(line).toContain('"spec":{"length":3}');
  });
});

describe("HorizontalPodAutoscaler", () => {
  test("is the same object in both of its versions", async () => {
    const hpa = {
      apiVersion: "autoscaling/v1",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "a" },
      spec: {
        maxReplicas: 3,
        targetCPUUtilizationPercentage: 50,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      },
    };
    const place = { namespace: "default" };
    const v1 = { ...resourceInVersion("v1"), ...place };
    await server.send(v1, { verb: "create", object: hpa });
    const { object } = await server.sendForObject(
      { ...resourceInVersion("v2"), ...place, name: "a" },
      { verb: "get" },
    );
    expect(object).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        maxReplicas: 3,
        metrics: [{ type: "Resource", resource: { name: "cpu", target: { averageUtilization: 50 } } }],
      },
    });
    expect(server.store.count("/registry/horizontalpodautoscalers/default/")).toBe(1);
  });

  function resourceInVersion(version: string): { readonly kind: Resource } {
    const served = server.state.registry.find({
      group: "autoscaling",
      version,
      resource: "horizontalpodautoscalers",
    });
    if (served === undefined) throw new TypeError("autoscaling is not served");
    return { kind: served.resource };
  }
});
