import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KubeObject } from "#apimachinery/meta.ts";
import type { WriteOptions } from "#apimachinery/request.ts";
import { aService } from "#testing/objects.ts";
import { aDaemonSet, aDeployment } from "#testing/workloads.ts";
import { failureOf, statusErrorOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = { kind: "ConfigMap", namespace: "default" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

/** As it comes from a client: nothing is checked yet. */
function create(object: unknown, options: WriteOptions & { readonly text?: string } = {}) {
  const { text, ...rest } = options;
  return server.sendForObject(CONFIG_MAPS, {
    verb: "create",
    object,
    options: rest,
    ...(text !== undefined && { text }),
  });
}

const configMap = (metadata: object, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata,
  ...more,
});

describe("create", () => {
  test("answers 201 with what is stored", async () => {
    const { code, object } = await create(configMap({ name: "a" }, { data: { key: "value" } }));
    expect(code).toBe(201);
    expect(object).toEqual(await server.client.get("ConfigMap", { namespace: "default", name: "a" }));
    expect(object).toMatchObject({
      metadata: {
        name: "a",
        namespace: "default",
        uid: expect.stringMatching(/^uid-/) as string,
        creationTimestamp: "2026-01-01T00:00:00Z",
        resourceVersion: String(server.store.revision),
      },
      data: { key: "value" },
    });
  });

  test("does not let clients set what is the server's", async () => {
    const { object } = await create(
      configMap({
        name: "a",
        uid: "mine",
        creationTimestamp: "2000-01-01T00:00:00Z",
        deletionTimestamp: "2000-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 5,
        selfLink: "/mine",
      }),
    );
    const { metadata } = object;
    expect(metadata.uid).toMatch(/^uid-/);
    expect(metadata.creationTimestamp).toBe("2026-01-01T00:00:00Z");
    expect(Object.keys(metadata)).not.toContain("deletionTimestamp");
    expect(Object.keys(metadata)).not.toContain("deletionGracePeriodSeconds");
    expect(Object.keys(metadata)).not.toContain("selfLink");
  });

  test("begins with the status that Go would write", async () => {
    const daemonSet = await server.client.create("DaemonSet", aDaemonSet("a"));
    expect<unknown>(daemonSet.status).toEqual({
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    });
    const service = await server.client.create("Service", aService("a"));
    expect(service.status).toEqual({ loadBalancer: {} });
    const deployment = await server.client.create("Deployment", aDeployment("a"));
    expect(deployment.status).toEqual({});
  });

  test("fills in the kind, the version and the namespace", async () => {
    const { object } = await create({ metadata: { name: "a" } });
    expect(object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default" } });
  });

  test("refuses a name that is taken", async () => {
    await create(configMap({ name: "a" }));
    expect(await failureOf(create(configMap({ name: "a" })))).toBe(
      '409 AlreadyExists: configmaps "a" already exists',
    );
  });

  test("says when the name is only taken by an object that is going", async () => {
    await create(configMap({ name: "a", finalizers: ["example.com/wait"] }));
    await server.client.delete("ConfigMap", { namespace: "default", name: "a" });
    expect(await failureOf(create(configMap({ name: "a" })))).toBe(
      '409 AlreadyExists: object is being deleted: configmaps "a" already exists',
    );
  });

  test.each([
    [
      "another namespace",
      configMap({ name: "a", namespace: "kube-system" }),
      "400 BadRequest: the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "no name",
      configMap({}),
      '422 Invalid: ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
    [
      "another kind",
      { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } },
      '400 BadRequest: Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ],
    [
      "a resourceVersion",
      configMap({ name: "a", resourceVersion: "3" }),
      "500 Unknown: resourceVersion should not be set on objects to be created",
    ],
    [
      "what is not valid before a resourceVersion",
      configMap({ name: "A", resourceVersion: "3" }),
      expect.stringContaining('422 Invalid: ConfigMap "A" is invalid: metadata.name: Invalid value: "A"'),
    ],
  ])("refuses %s", async (_what, object, failure) => {
    expect(await failureOf(create(object))).toEqual(failure);
  });

  test("names the causes of an invalid object", async () => {
    const { status } = await statusErrorOf(create(configMap({ name: "A" }, { data: { "a/b": "" } })));
    expect(status).toMatchObject({
      code: 422,
      reason: "Invalid",
      details: {
        name: "A",
        kind: "ConfigMap",
        causes: [
          { reason: "FieldValueInvalid", field: "metadata.name" },
          { reason: "FieldValueInvalid", field: "data[a/b]" },
        ],
      },
    });
  });

  test("refuses namespaces that are not there", async () => {
    const request = server.client.create("ConfigMap", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "nowhere" },
    });
    expect(await failureOf(request)).toBe('404 NotFound: namespaces "nowhere" not found');
  });

  test("refuses objects that are too large", async () => {
    const request = create(configMap({ name: "a" }, { binaryData: { a: "A".repeat(1.5 * 1024 * 1024) } }));
    expect(await failureOf(request)).toContain("Too long: may not be more than 1048576 bytes");
    const annotated = create(
      configMap({ name: "a", managedFields: [] }, { data: { a: "\\".repeat(1024 * 1024) } }),
    );
    expect(await failureOf(annotated)).toBe("500 Unknown: etcdserver: request is too large");
  });

  test("warns about fields that it does not know, or refuses or ignores them", async () => {
    const object = configMap({ name: "a" }, { foo: 1 });
    expect(await failureOf(create(object, { fieldValidation: "Strict" }))).toBe(
      '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
    );
    expect((await create(object)).warnings).toEqual(['unknown field "foo"']);
    const ignored = await create(configMap({ name: "b" }, { foo: 1 }), { fieldValidation: "Ignore" });
    expect(ignored.warnings).toEqual([]);
    expect(ignored.object).not.toHaveProperty("foo");
  });

  test("warns about fields that are there twice", async () => {
    const text = '{"metadata":{"name":"a"},"data":{"a":"1"},"data":{"b":"2"}}';
    const { warnings } = await create(JSON.parse(text), { text });
    expect(warnings).toEqual(['duplicate field "data"']);
  });

  test("drops an owner that is named twice", async () => {
    const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "u" };
    const { object, warnings } = await create(configMap({ name: "a", ownerReferences: [owner, owner] }));
    expect(object.metadata.ownerReferences).toEqual([owner]);
    expect(warnings?.[0]).toStartWith(".metadata.ownerReferences contains duplicate entries;");
  });
});

describe("generateName", () => {
  test("completes the name", async () => {
    const names = new Set<string>();
    for (let count = 0; count < 20; count += 1) {
      const { object } = await create(configMap({ generateName: "a-" }));
      expect(object.metadata).toMatchObject({ generateName: "a-" });
      expect(object.metadata.name).toMatch(/^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      names.add(object.metadata.name);
    }
    expect(names.size).toBe(20);
  });

  test("tries again when the name is taken", async () => {
    // Every second name is the one before it.
    const values = Array.from({ length: 40 }, (_, index) => (Math.floor(index / 10) + 0.5) / 10);
    const drawn = values[Symbol.iterator]();
    await using repeating = await startServer({
      store: server.store,
      bootstrapped: false,
      core: { random: () => drawn.next().value ?? 0 },
    });
    const names: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const object = configMap({ generateName: "a-" });
      const response = await repeating.sendForObject(CONFIG_MAPS, { verb: "create", object });
      names.push(response.object.metadata.name);
    }
    expect(new Set(names).size).toBe(3);
  });

  test("gives up after some attempts", async () => {
    await using stuck = await startServer({
      store: server.store,
      bootstrapped: false,
      core: { random: () => 0 },
    });
    const object = configMap({ generateName: "a-" });
    await stuck.sendForObject(CONFIG_MAPS, { verb: "create", object });
    expect(await failureOf(stuck.send(CONFIG_MAPS, { verb: "create", object }))).toBe(
      '409 AlreadyExists: configmaps "a-bbbbb" already exists, the server was not able to generate a unique name for the object',
    );
  });
});

describe("dryRun", () => {
  test("shows what would be stored and stores nothing", async () => {
    const { revision } = server.store;
    const { code, object } = await create(configMap({ name: "a" }), { dryRun: true });
    expect(code).toBe(201);
    expect(object.metadata).toMatchObject({ name: "a", namespace: "default" });
    expect(object.metadata.uid).not.toBe("");
    expect(object.metadata.resourceVersion).toBeUndefined();
    expect(server.store.revision).toBe(revision);
  });

  test("does not mind a resourceVersion, because nothing is stored", async () => {
    const object = configMap({ name: "a", resourceVersion: "3" });
    expect(await create(object, { dryRun: true })).toMatchObject({ code: 201 });
  });

  test("finds what stands against it", async () => {
    await create(configMap({ name: "a" }));
    expect(await failureOf(create(configMap({ name: "a" }), { dryRun: true }))).toBe(
      '409 AlreadyExists: configmaps "a" already exists',
    );
  });
});

describe("shared objects", () => {
  test("are the same for all who read in this process, and cannot be changed", async () => {
    await create(configMap({ name: "a" }, { data: { key: "value" } }));
    const name = { namespace: "default", name: "a" };
    const first: KubeObject = await server.client.get("ConfigMap", name);
    const [listed] = (await server.client.list("ConfigMap", { namespace: "default" })).items;
    expect(await server.client.get("ConfigMap", name)).toBe(first as never);
    expect(listed).toBe(first as never);
    expect(Object.isFrozen(first.metadata)).toBe(true);
  });
});
