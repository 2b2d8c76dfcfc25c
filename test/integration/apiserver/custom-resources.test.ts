import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { statusOf } from "#api/apiextensions/v1/definition-status.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "#api/generated/apiextensions-v1.ts";
import { isConditionTrue } from "#apimachinery/conditions.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { bytesOf } from "#https/answer.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store, StoreWatch } from "#store/store.ts";
import { StoreError } from "#store/store-error.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const KIND = "CustomResourceDefinition";
const NAME = "crontabs.stable.example.com";

type Loose = KubeObject & { readonly spec: Readonly<Record<string, unknown>>; readonly status?: unknown };

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

/** Waits for what the server does behind a request. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function install(
  versions?: readonly CustomResourceDefinitionVersion[],
  names?: Partial<CustomResourceDefinition["spec"]["names"]>,
): Promise<CustomResourceDefinition> {
  const { metadata } = await server.client.create(KIND, aCronTabDefinition(versions, names));
  await settled();
  return await server.client.get(KIND, { name: metadata.name });
}

function conditionsOf(definition: CustomResourceDefinition): readonly string[] {
  return statusOf(definition).conditions.map(
    ({ type, status, reason = "", message = "" }) => `${type}=${status} ${reason}: ${message}`,
  );
}

const at = (name: string) => ({ namespace: "default", name });

describe("a CustomResourceDefinition", () => {
  test("is given its names and established, and then served", async () => {
    const definition = await install();
    expect(conditionsOf(definition)).toEqual([
      "NamesAccepted=True NoConflicts: no conflicts found",
      "Established=True InitialNamesAccepted: the initial names have been accepted",
    ]);
    expect(statusOf(definition)).toMatchObject({
      acceptedNames: definition.spec.names,
      storedVersions: ["v1"],
    });
    const created = await server.client.create(cronTabs(), aCronTab("a"));
    expect(created).toMatchObject({ kind: "CronTab", metadata: { generation: 1 }, spec: { replicas: 1 } });
    expect(server.store.get("/registry/stable.example.com/crontabs/default/a")).toBeDefined();
    expect(await server.client.list(cronTabs())).toMatchObject({ kind: "CronTabList", items: [created] });
  });

  test("does not get names that others have, until they let them go", async () => {
    await install();
    const other = await install(undefined, {
      plural: "cronjobs",
      singular: "crontab",
      kind: "CronJob",
      listKind: "CronJobList",
    });
    expect(conditionsOf(other)).toEqual([
      'NamesAccepted=False ShortNamesConflict: "ct" is already in use',
      "Established=False NotAccepted: not all names are accepted",
    ]);
    expect(statusOf(other).acceptedNames).toMatchObject({ plural: "cronjobs", kind: "CronJob" });
    await server.client.delete(KIND, { name: NAME });
    await settled();
    const freed = await server.client.get(KIND, { name: "cronjobs.stable.example.com" });
    expect(isConditionTrue(statusOf(freed).conditions, "Established")).toBe(true);
  });

  test("is served at once by a server that starts anew", async () => {
    await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    const again = await startServer({ store: server.store, bootstrapped: false });
    expect((await again.client.list(cronTabs())).items).toHaveLength(1);
    await again.core[Symbol.asyncDispose]();
  });

  test("takes its instances with it when it goes", async () => {
    await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    await server.client.create(cronTabs(), {
      ...aCronTab("b"),
      metadata: { ...at("b"), finalizers: ["example.com/wait"] },
    });
    await server.client.delete(KIND, { name: NAME });
    await settled();
    const leaving = await server.client.get(KIND, { name: NAME });
    expect(leaving.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"]);
    expect(conditionsOf(leaving).at(-1)).toBe(
      "Terminating=True InstanceDeletionInProgress: CustomResource deletion is in progress",
    );
    const refusal =
      '403 Forbidden: crontabs.stable.example.com "c" is forbidden: create not allowed while custom resource definition is terminating';
    expect(await failureOf(server.client.create(cronTabs(), aCronTab("c")))).toBe(refusal);
    const apply = server.client.patch(
      cronTabs(),
      at("c"),
      { type: "apply", document: { ...aCronTab("c"), metadata: { name: "c" } } },
      { fieldManager: "me" },
    );
    expect(await failureOf(apply)).toBe(refusal);
    const document = { metadata: { labels: { still: "there" } } };
    await server.client.patch(cronTabs(), at("b"), { type: "merge", document });
    const [served] = server.state.registry.list().filter(({ builtIn }) => !builtIn);
    expect(served?.resource.verbs).toEqual(["delete", "deletecollection", "get", "list", "watch"]);
    expect((await server.client.list(cronTabs())).items.map(({ metadata }) => metadata.name)).toEqual(["b"]);
    await server.client.patch(cronTabs(), at("b"), {
      type: "merge",
      document: { metadata: { finalizers: null } },
    });
    await server.clock.advance(5000);
    await settled();
    expect(await failureOf(server.client.get(KIND, { name: NAME }))).toStartWith("404");
    expect(await failureOf(server.client.list(cronTabs()))).toBe(
      "404 NotFound: the server could not find the requested resource",
    );
  });
});

describe("the deletion of a definition", () => {
  const remove = async (name: string): Promise<void> => {
    await server.client.delete(KIND, { name });
    await settled();
  };

  test("takes along instances that are not served any more", async () => {
    const { spec, ...definition } = await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    const versions = spec.versions.map((version) => ({ ...version, served: false }));
    await server.client.update(KIND, { ...definition, spec: { ...spec, versions } });
    await settled();
    expect(await failureOf(server.client.get(cronTabs(), at("a")))).toStartWith("404");
    await remove(NAME);
    expect(server.store.count("/registry/stable.example.com/")).toBe(0);
    expect(await failureOf(server.client.get(KIND, { name: NAME }))).toStartWith("404");
  });

  test("leaves built-in resources alone whose names it has", async () => {
    const group = "apiextensions.k8s.io";
    const names = { plural: "customresourcedefinitions", kind: "Other", listKind: "OtherList" };
    const { spec, ...definition } = aCronTabDefinition([{ ...CRON_TAB_V1, name: "v9" }], names);
    const name = `${names.plural}.${group}`;
    const annotations = { "api-approved.kubernetes.io": "unapproved, a test" };
    await server.client.create(KIND, {
      ...definition,
      metadata: { name, annotations },
      spec: { ...spec, group },
    });
    await install();
    await remove(name);
    expect((await server.client.list(KIND)).items.map(({ metadata }) => metadata.name)).toEqual([NAME]);
  });

  test("is as quick for one that never was established", async () => {
    await install();
    await install(undefined, {
      plural: "cronjobs",
      singular: "ct",
      kind: "CronJob",
      listKind: "CronJobList",
    });
    await remove("cronjobs.stable.example.com");
    expect((await server.client.list(KIND)).items).toHaveLength(1);
  });
});

describe("a custom resource", () => {
  test("is pruned, completed and checked", async () => {
    await install();
    const created = (await server.client.create(
      cronTabs(),
      aCronTab("a", { cronSpec: "* * * * *", surprise: 1 }),
    )) as Loose;
    expect(created.spec).toEqual({ cronSpec: "* * * * *", replicas: 1 });
    expect(
      await failureOf(server.client.create(cronTabs(), aCronTab("b", { cronSpec: "* * * *", replicas: 15 }))),
    ).toBe(
      '422 Invalid: CronTab.stable.example.com "b" is invalid: [spec.cronSpec: Invalid value: "* * * *": spec.cronSpec in body should match \'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$\', spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10]',
    );
    expect(await failureOf(server.client.create(cronTabs(), aCronTab("b", { replicas: "3" })))).toContain(
      'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
    );
  });

  test("tells of unknown fields, or refuses them", async () => {
    await install();
    const object = aCronTab("a", { cronSpec: "* * * * *", surprise: 1 });
    const text = JSON.stringify(object);
    const place = { kind: cronTabs(), namespace: "default" };
    const warned = await server.sendForObject(place, { verb: "create", object, text });
    expect(warned.warnings).toEqual(['unknown field "spec.surprise"']);
    const strict = server.send(place, {
      verb: "create",
      object,
      text,
      options: { fieldValidation: "Strict" },
    });
    expect(await failureOf(strict)).toBe(
      '400 BadRequest: CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.surprise"',
    );
  });

  test("keeps its status to the status subresource, and counts generations", async () => {
    await install();
    const created = (await server.client.create(cronTabs(), {
      ...aCronTab("a"),
      status: { replicas: 9 },
    } as Loose)) as Loose;
    expect(created.status).toBeUndefined();
    const observed = (await server.client.updateStatus(cronTabs(), {
      ...created,
      spec: { replicas: 7 },
      status: { replicas: 2 },
    } as Loose)) as Loose;
    expect(observed).toMatchObject({
      spec: { replicas: 1 },
      status: { replicas: 2 },
      metadata: { generation: 1 },
    });
    const wrong = server.client.updateStatus(cronTabs(), { ...observed, status: { replicas: "x" } } as Loose);
    expect(await failureOf(wrong)).toContain(
      'status.replicas: Invalid value: "string": replicas in body must be of type integer: "string"',
    );
    const grown = await server.client.patch(cronTabs(), at("a"), {
      type: "merge",
      document: { spec: { replicas: 2 } },
    });
    expect(grown).toMatchObject({ metadata: { generation: 2 }, status: { replicas: 2 } });
  });

  test("is scaled", async () => {
    await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    const place = { kind: cronTabs(), ...at("a"), subresource: "scale" };
    const { object } = await server.sendForObject(place, {
      verb: "patch",
      patchType: "merge",
      patch: { spec: { replicas: 4 } },
    });
    expect(object).toMatchObject({ kind: "Scale", spec: { replicas: 4 }, status: { replicas: 0 } });
    expect(await server.client.get(cronTabs(), at("a"))).toMatchObject({ spec: { replicas: 4 } });
  });

  test("is applied, and its fields are owned", async () => {
    await install();
    const apply = (spec: object, fieldManager: string) =>
      server.client.patch(
        cronTabs(),
        at("a"),
        { type: "apply", document: aCronTab("a", spec) },
        { fieldManager },
      );
    const applied = (await apply({ image: "x" }, "one")) as Loose;
    expect(applied.spec).toEqual({ image: "x", replicas: 1 });
    expect(applied.metadata.managedFields).toMatchObject([
      { manager: "one", operation: "Apply", fieldsV1: { "f:spec": { "f:image": {} } } },
    ]);
    expect(await failureOf(apply({ image: "y" }, "two"))).toContain('conflict with "one": .spec.image');
    expect(await failureOf(apply({ replicas: "y" }, "two"))).toContain(".spec.replicas: expected numeric");
  });

  test("cannot be patched by a strategy that it does not have", async () => {
    await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    const patch = server.client.patch(cronTabs(), at("a"), { type: "strategic", document: {} });
    expect(await failureOf(patch)).toBe(
      "415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    );
  });
});

describe("a custom resource in several versions", () => {
  const v1beta1: CustomResourceDefinitionVersion = {
    ...CRON_TAB_V1,
    name: "v1beta1",
    storage: false,
    deprecated: true,
  };

  test("is the same object in all of them", async () => {
    await install([CRON_TAB_V1, v1beta1]);
    await using watching = await server.watch({ kind: cronTabs("v1beta1"), namespace: "default" });
    const place = { kind: cronTabs("v1beta1"), namespace: "default" };
    const created = await server.sendForObject(place, {
      verb: "create",
      object: aCronTab("a", {}, "v1beta1"),
    });
    expect(created.object).toMatchObject({ apiVersion: "stable.example.com/v1beta1", spec: { replicas: 1 } });
    expect(created.warnings).toEqual([
      "stable.example.com/v1beta1 CronTab is deprecated; use stable.example.com/v1 CronTab",
    ]);
    expect(await server.client.get(cronTabs(), at("a"))).toMatchObject({
      apiVersion: "stable.example.com/v1",
    });
    await watching.settled();
    expect(watching.events.map(({ object }) => (object as KubeObject).apiVersion)).toEqual([
      "stable.example.com/v1beta1",
    ]);
  });

  test("moves to another stored version, and says so", async () => {
    const definition = await install([CRON_TAB_V1, v1beta1]);
    await server.client.create(cronTabs(), aCronTab("a"));
    await server.client.update(KIND, {
      ...definition,
      spec: {
        ...definition.spec,
        versions: [
          { ...CRON_TAB_V1, storage: false },
          { ...v1beta1, storage: true },
        ],
      },
    });
    await settled();
    const moved = await server.client.get(KIND, { name: NAME });
    expect(statusOf(moved).storedVersions).toEqual(["v1", "v1beta1"]);
    expect(await server.client.get(cronTabs(), at("a"))).toMatchObject({
      apiVersion: "stable.example.com/v1",
    });
    expect(await server.client.get(cronTabs("v1beta1"), at("a"))).toMatchObject({
      apiVersion: "stable.example.com/v1beta1",
    });
  });

  test("shows in each version what that one knows, and stores what the stored one knows", async () => {
    const withFields = (version: CustomResourceDefinitionVersion, ...names: readonly string[]) => {
      const text: JSONSchemaProps = { type: "string" };
      const properties = Object.fromEntries(names.map((name) => [name, text]));
      const spec: JSONSchemaProps = { type: "object", properties };
      return { ...version, schema: { openAPIV3Schema: { type: "object", properties: { spec } } } };
    };
    await install([withFields(CRON_TAB_V1, "cronSpec", "image"), withFields(v1beta1, "cronSpec", "old")]);
    const place = { kind: cronTabs("v1beta1"), namespace: "default" };
    const object = aCronTab("a", { cronSpec: "x", old: "y" }, "v1beta1");
    const created = await server.sendForObject(place, { verb: "create", object });
    expect(created.object).toMatchObject({ spec: { cronSpec: "x" } });
    const document = { spec: { image: "z" } };
    await server.client.patch(cronTabs(), at("a"), { type: "merge", document });
    const specIn = async (version: string): Promise<unknown> =>
      ((await server.client.get(cronTabs(version), at("a"))) as Loose).spec;
    expect(await specIn("v1")).toEqual({ cronSpec: "x", image: "z" });
    expect(await specIn("v1beta1")).toEqual({ cronSpec: "x" });
  });

  test("shows defaults that have come since an object was stored", async () => {
    const definition = await install();
    await server.client.create(cronTabs(), aCronTab("a", { image: "x" }));
    await server.client.update(KIND, withZone(definition));
    await settled();
    const read = (await server.client.get(cronTabs(), at("a"))) as Loose;
    expect(read.spec).toEqual({ replicas: 1, zone: "eu" });
    const list = await server.sendForList({ kind: cronTabs() }, { verb: "list" });
    expect(bytesOf(list.pieces()).toString()).toContain('"zone":"eu"');
  });

  test("shows them also after the server has learned late of the definition", async () => {
    await using store = createMemoryStore();
    const definitions = failableWatch(store, "/customresourcedefinitions/");
    await server[Symbol.asyncDispose]();
    server = await startServer({ store });
    const definition = await install();
    definitions.failOnce();
    await server.client.update(KIND, withZone(definition));
    await settled();
    const created = (await server.client.create(cronTabs(), aCronTab("a", { image: "x" }))) as Loose;
    expect(created.spec).toEqual({ replicas: 1, image: "x" });
    await server.clock.advance(1_000);
    await settled();
    const read = (await server.client.get(cronTabs(), at("a"))) as Loose;
    expect(read.spec).toEqual({ replicas: 1, zone: "eu" });
  });
});

/** The definition with the field `zone`, which has a default, for `image`. */
function withZone(definition: CustomResourceDefinition): CustomResourceDefinition {
  const [version] = definition.spec.versions;
  const text = JSON.stringify(version).replace(
    '"image":{"type":"string"}',
    '"zone":{"type":"string","default":"eu"}',
  );
  const versions = [JSON.parse(text) as CustomResourceDefinitionVersion];
  return { ...definition, spec: { ...definition.spec, versions } };
}

/** Lets the watch of some keys fail with the next event. */
function failableWatch(store: Store, keys: string): { failOnce(): void } {
  let isToFail = false;
  const watch = store.watch.bind(store);
  const failable = async function* (events: StoreWatch) {
    for await (const batch of events) {
      if (isToFail) {
        isToFail = false;
        throw new StoreError({ code: "slowWatcher" }, "Watcher was too slow");
      }
      yield batch;
    }
  };
  store.watch = (prefix, options) => {
    const events = watch(prefix, options);
    return prefix.endsWith(keys) ? Object.assign(failable(events), { isCaughtUp: true }) : events;
  };
  return { failOnce: () => (isToFail = true) };
}
