/** Which requests for custom resources find something, while definitions come, change and go. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from "#api/generated/apiextensions-v1.ts";
import type { KubeObject } from "#apimachinery/meta.ts";
import { aCronTab, aCronTabDefinition, CRON_TAB_V1, cronTabs } from "#testing/cron-tabs.ts";
import { settled } from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const KIND = "CustomResourceDefinition";
const NAME = "crontabs.stable.example.com";
const NOT_FOUND = "404 NotFound: the server could not find the requested resource";

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

async function install(versions: readonly CustomResourceDefinitionVersion[] = [CRON_TAB_V1]): Promise<void> {
  await server.client.create(KIND, aCronTabDefinition(versions));
  await settled();
}

async function change(versions: readonly CustomResourceDefinitionVersion[], labels = {}): Promise<void> {
  const { spec, metadata, ...definition } = await server.client.get(KIND, { name: NAME });
  const changed = { ...definition, metadata: { ...metadata, labels }, spec: { ...spec, versions } };
  await server.client.update(KIND, changed);
  await settled();
}

const V2: CustomResourceDefinitionVersion = { ...CRON_TAB_V1, name: "v2", storage: false };

const object = { ...aCronTab("a"), metadata: { name: "a" } };

describe("a custom resource", () => {
  const create = (body: object) =>
    server.send({ kind: cronTabs(), namespace: "default" }, { verb: "create", object: body });

  test.each<readonly [object, string]>([
    [
      {},
      "400 BadRequest: the object provided is unrecognized (must be of type CronTab): Object 'Kind' is missing in '{}' ({})",
    ],
    [
      { ...object, kind: "" },
      `400 BadRequest: the object provided is unrecognized (must be of type CronTab): Object 'Kind' is missing in '${JSON.stringify({ ...object, kind: "" })}' ({"apiVersion":"stable.example. ...)`,
    ],
    [
      { ...object, apiVersion: undefined },
      "400 BadRequest: the API version in the data () does not match the expected API version (stable.example.com/v1)",
    ],
    [
      { ...object, apiVersion: "stable.example.com/v2", kind: "Other" },
      "400 BadRequest: the API version in the data (stable.example.com/v2) does not match the expected API version (stable.example.com/v1)",
    ],
    [
      { apiVersion: object.apiVersion, kind: object.kind },
      '422 Invalid: CronTab.stable.example.com "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
  ])("is not made of %j", async (body, failure) => {
    await install();
    expect(await failureOf(create(body))).toBe(failure);
  });

  test("is found in versions that are served, and no others", async () => {
    await install([CRON_TAB_V1, { ...V2, served: false }]);
    const list = (version: string) => server.client.list(cronTabs(version));
    expect(await failureOf(list("v2"))).toBe(NOT_FOUND);
    await change([CRON_TAB_V1, V2]);
    expect((await list("v2")).items).toEqual([]);
    await change([CRON_TAB_V1]);
    expect(await failureOf(list("v2"))).toBe(NOT_FOUND);
  });

  test("has one name in two namespaces, and is watched in one or all of them", async () => {
    await install();
    await using one = await server.watch({ kind: cronTabs(), namespace: "default" });
    await using all = await server.watch({ kind: cronTabs() });
    for (const namespace of ["default", "kube-system"]) {
      await server.client.create(cronTabs(), { ...object, metadata: { name: "a", namespace } });
    }
    await server.client.delete(cronTabs(), { name: "a", namespace: "kube-system" });
    await all.settled();
    const seen = ({ events }: typeof all) =>
      events.map((event) => `${event.type} ${(event.object as KubeObject).metadata.namespace ?? ""}`);
    expect(seen(one)).toEqual(["ADDED default"]);
    expect(seen(all)).toEqual(["ADDED default", "ADDED kube-system", "DELETED kube-system"]);
    expect((await server.client.list(cronTabs())).items).toHaveLength(1);
  });

  test("is new again where its definition is", async () => {
    await install();
    const first = await server.client.create(cronTabs(), aCronTab("a"));
    await server.client.delete(KIND, { name: NAME });
    await settled();
    await install();
    expect((await server.client.list(cronTabs())).items).toEqual([]);
    const second = await server.client.create(cronTabs(), aCronTab("a"));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  test("can be asked for whatever becomes of its definition", async () => {
    await install();
    await server.client.create(cronTabs(), aCronTab("a"));
    for (let round = 0; round < 10; round += 1) {
      const requests = Array.from({ length: 10 }, () =>
        server.client.get(cronTabs(), { namespace: "default", name: "a" }),
      );
      await change(round % 2 === 0 ? [CRON_TAB_V1, V2] : [CRON_TAB_V1]);
      expect(await Promise.all(requests)).toHaveLength(10);
    }
  });
});

describe("the watches of a custom resource", () => {
  test("end when its definition changes, and stay when something else about it does", async () => {
    await install();
    await using watching = await server.watch({ kind: cronTabs() });
    await change([CRON_TAB_V1], { a: "b" });
    await watching.settled();
    expect(watching.ended).toBe(false);
    await change([CRON_TAB_V1, V2]);
    await watching.settled();
    expect(watching.ended).toBe(true);
  });
});

test("the status of a definition can be read and patched by strategy", async () => {
  await install();
  const place = { kind: KIND, name: NAME, subresource: "status" } as const;
  const { object: read } = await server.sendForObject(place, { verb: "get" });
  const patch = { metadata: { labels: { a: "b" } }, spec: { scope: "Cluster" } };
  const operation = { verb: "patch", patchType: "strategic", patch } as const;
  const { object: patched } = await server.sendForObject(place, operation);
  expect(patched).toMatchObject({ spec: { scope: "Namespaced" } });
  expect(patched).toMatchObject({ status: (read as unknown as { status: object }).status });
});

test("an object may come to break what its definition has come to say, until it is written", async () => {
  const properties = (spec: JSONSchemaProps): CustomResourceDefinitionVersion => ({
    ...CRON_TAB_V1,
    schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
  });
  const open: JSONSchemaProps = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  await install([properties(open)]);
  await server.client.create(cronTabs(), aCronTab("a", { size: "x" }));
  await change([properties({ ...open, required: ["image"] })]);
  const patch = (spec: object) =>
    server.client.patch(
      cronTabs(),
      { namespace: "default", name: "a" },
      { type: "merge", document: { spec } },
    );
  expect(await server.client.get(cronTabs(), { namespace: "default", name: "a" })).toMatchObject({
    spec: { size: "x" },
  });
  expect(await failureOf(patch({ size: "y" }))).toEndWith("spec.image: Required value");
  expect(await patch({ image: "i" })).toMatchObject({ spec: { size: "x", image: "i" } });
});
