import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KubeList, KubeObject } from "#apimachinery/meta.ts";
import type { RequestOperation } from "#apimachinery/request.ts";
import { FakeWebhooks } from "#testing/fake-webhooks.ts";
import {
  aMultiVersion,
  answer,
  convert,
  convertAll,
  type DefinitionOptions,
  GROUP,
  install,
  type Loose,
  multiVersions,
  type Review,
  reinstall,
  settled,
  WEBHOOK,
} from "./conversion-fixture.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const VERSIONS = ["v1alpha1", "v1beta1", "v1beta2"];

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
  server.webhooks.answer(WEBHOOK, convertAll);
});
afterEach(() => server[Symbol.asyncDispose]());

const at = (name: string) => ({ namespace: "default", name });
const create = (name: string, version: string) =>
  server.client.create(multiVersions(version), aMultiVersion(name, version)) as Promise<Loose>;
const get = (name: string, version: string) =>
  server.client.get(multiVersions(version), at(name)) as Promise<Loose>;

/** What is special to the version of an object. */
function fieldsOf({ apiVersion, num, numv2, content, contentv2, defaults }: Loose): unknown {
  return JSON.parse(JSON.stringify({ apiVersion, num, numv2, content, contentv2, defaults })) as unknown;
}

/** What is read has the defaults of the version in which it was written, and of the stored one. */
function expectedFields(version: string, written: string, stored = "v1beta1"): unknown {
  const defaults = { [written]: written, [stored]: stored };
  return fieldsOf({ ...aMultiVersion("a", version), defaults });
}

function storedIn(name: string): Loose {
  const value = server.store.get(`/registry/${GROUP}/multiversions/default/${name}`)?.value;
  return JSON.parse(new TextDecoder().decode(value)) as Loose;
}

describe("an object that a webhook converts", () => {
  test.each(VERSIONS)("is written in %s and read in every version", async (written) => {
    await install(server);
    const created = await create("a", written);
    expect(created).toMatchObject({ apiVersion: `${GROUP}/${written}` });
    expect(storedIn("a").apiVersion).toBe(`${GROUP}/v1beta1`);
    expect(storedIn("a")["num"]).toEqual({ num1: 1, num2: 1000000 });
    for (const version of VERSIONS) {
      expect(fieldsOf(await get("a", version)), version).toEqual(expectedFields(version, written));
    }
  });

  test("is patched, applied and scaled in a version that is not stored", async () => {
    await install(server);
    await create("a", "v1beta1");
    const kind = multiVersions("v1beta2");
    await server.client.patch(kind, at("a"), { type: "merge", document: { contentv2: { key: "other" } } });
    expect(storedIn("a")["content"]).toEqual({ key: "other" });
    const applied = {
      ...aMultiVersion("a", "v1beta2"),
      metadata: { name: "a" },
      contentv2: { key: "third" },
    };
    await server.client.patch(
      kind,
      at("a"),
      { type: "apply", document: applied },
      { fieldManager: "me", force: true },
    );
    expect(storedIn("a")["content"]).toEqual({ key: "third" });
    const place = { kind, ...at("a"), subresource: "scale" };
    const patch = { verb: "patch", patchType: "merge", patch: { spec: { replicas: 4 } } } as const;
    const { object } = await server.sendForObject(place, patch);
    expect(object).toMatchObject({ kind: "Scale", spec: { replicas: 4 } });
    expect(storedIn("a")["spec"]).toEqual({ replicas: 4 });
    const observed = { ...(await get("a", "v1beta2")), status: { replicas: 3 } };
    expect(await server.client.updateStatus(kind, observed)).toMatchObject({ status: { replicas: 3 } });
    expect(storedIn("a")["status"]).toEqual({ replicas: 3 });
    await server.client.delete(kind, at("a"));
    expect(server.store.get(`/registry/${GROUP}/multiversions/default/a`)).toBeUndefined();
  });

  test("keeps its owners of fields across versions", async () => {
    await install(server);
    const apply = (version: string, fieldManager: string, fields: object) => {
      const { apiVersion, kind } = aMultiVersion("a", version);
      const document = { apiVersion, kind, metadata: { name: "a" }, ...fields };
      return server.client.patch(
        multiVersions(version),
        at("a"),
        { type: "apply", document },
        { fieldManager },
      );
    };
    await apply("v1beta1", "one", { content: { key: "x" }, num: { num1: 1 } });
    expect(await failureOf(apply("v1beta2", "two", { contentv2: { key: "y" } }))).toBe(
      `409 Conflict: Apply failed with 1 conflict: conflict with "one": .content.key`,
    );
    // In another version than before, the same manager gives up what it does not apply any more.
    await apply("v1beta2", "one", { numv2: { num1: 1 } });
    const { content, num } = await get("a", "v1beta1");
    expect({ content, num }).toEqual({ content: undefined, num: { num1: 1 } });
  });

  test("is listed with others in one review, and only once", async () => {
    await install(server);
    for (const name of ["a", "b", "c"]) await create(name, "v1beta1");
    server.webhooks.calls = 0;
    const list = () => server.sendForList({ kind: multiVersions("v1beta2") }, { verb: "list" });
    const { items } = (await list()).list;
    expect(items.map((item) => fieldsOf(item as Loose))).toEqual(
      Array.from("abc", () => expectedFields("v1beta2", "v1beta1")),
    );
    expect(server.webhooks.calls).toBe(1);
    await list();
    expect(server.webhooks.calls).toBe(1);
    await create("d", "v1beta1");
    await Promise.all([list(), list()]);
    expect(server.webhooks.calls).toBe(2);
  });

  test("is listed in pieces", async () => {
    await install(server);
    for (const name of ["a", "b", "c"]) await create(name, "v1beta1");
    const kind = multiVersions("v1beta2");
    const names: string[] = [];
    for (let token: string | undefined = ""; token !== undefined; ) {
      const piece: KubeList = await server.client.list(kind, { limit: 2, continue: token });
      expect(piece.items.every(({ apiVersion }) => apiVersion === `${GROUP}/v1beta2`)).toBe(true);
      names.push(...piece.items.map(({ metadata }) => metadata.name));
      token = piece.metadata.continue;
    }
    expect(names).toEqual(["a", "b", "c"]);
  });

  test("is watched from a list on that the watch begins with", async () => {
    await install(server);
    await create("a", "v1beta1");
    const options = {
      sendInitialEvents: true,
      allowWatchBookmarks: true,
      resourceVersionMatch: "NotOlderThan",
    } as const;
    await using watching = await server.watch({ kind: multiVersions("v1beta2") }, options);
    await watching.settled();
    await create("b", "v1alpha1");
    await watching.settled();
    const seen = watching.events.map(({ type, object }) => {
      const { apiVersion, metadata } = object as KubeObject;
      const isEnd = metadata.annotations?.["k8s.io/initial-events-end"] === "true";
      return [type, apiVersion, isEnd ? "end" : metadata.name];
    });
    const apiVersion = `${GROUP}/v1beta2`;
    expect(seen).toEqual([
      ["ADDED", apiVersion, "a"],
      ["BOOKMARK", apiVersion, "end"],
      ["ADDED", apiVersion, "b"],
    ]);
  });

  test("is watched in both versions", async () => {
    await install(server);
    await create("a", "v1beta1");
    const watches = await Promise.all(
      ["v1beta1", "v1beta2"].map((version) => server.watch({ kind: multiVersions(version) }, {})),
    );
    await create("b", "v1beta2");
    await server.client.delete(multiVersions("v1beta1"), at("a"));
    for (const [index, version] of ["v1beta1", "v1beta2"].entries()) {
      const watching = watches[index];
      await watching?.settled();
      const seen = watching?.events.map(({ type, object }) => [
        type,
        (object as KubeObject).metadata.name,
        (object as KubeObject).apiVersion,
      ]);
      const apiVersion = `${GROUP}/${version}`;
      expect(seen, version).toEqual([
        ["ADDED", "a", apiVersion],
        ["ADDED", "b", apiVersion],
        ["DELETED", "a", apiVersion],
      ]);
      await watching?.[Symbol.asyncDispose]();
    }
  });

  test("moves to another stored version with its next write, and is read as it was until then", async () => {
    await install(server);
    await create("a", "v1beta1");
    await reinstall(server, { stored: "v1beta2" });
    expect(storedIn("a").apiVersion).toBe(`${GROUP}/v1beta1`);
    for (const version of VERSIONS) expect((await get("a", version)).apiVersion).toBe(`${GROUP}/${version}`);
    await server.client.patch(multiVersions("v1alpha1"), at("a"), {
      type: "merge",
      document: { metadata: { labels: { moved: "yes" } } },
    });
    expect(storedIn("a")).toMatchObject({ apiVersion: `${GROUP}/v1beta2`, contentv2: { key: "value" } });
    const { conditions: _, ...status } = (
      await server.client.get("CustomResourceDefinition", { name: `multiversions.${GROUP}` })
    ).status ?? { conditions: [] };
    expect(status).toMatchObject({ storedVersions: ["v1beta1", "v1beta2"] });
  });

  test("is read although the version in which it is stored is not served", async () => {
    await install(server, { unserved: ["v1beta1"] });
    await create("a", "v1beta2");
    expect(storedIn("a").apiVersion).toBe(`${GROUP}/v1beta1`);
    expect(await get("a", "v1beta2")).toMatchObject({ contentv2: { key: "value" } });
    expect(await failureOf(get("a", "v1beta1"))).toBe(
      "404 NotFound: the server could not find the requested resource",
    );
  });

  test("is shown by a dry run as it would be stored", async () => {
    await install(server);
    const place = { kind: multiVersions("v1beta2"), namespace: "default" };
    const object = aMultiVersion("a", "v1beta2");
    const shown = await server.sendForObject(place, { verb: "create", object, options: { dryRun: true } });
    expect(fieldsOf(shown.object as Loose)).toEqual(expectedFields("v1beta2", "v1beta2"));
    expect(server.store.get(`/registry/${GROUP}/multiversions/default/a`)).toBeUndefined();
  });
});

describe("a conversion webhook", () => {
  const reviewed: Review[] = [];
  beforeEach(() => {
    reviewed.length = 0;
    server.webhooks.answer(WEBHOOK, (review: Review) => {
      reviewed.push(review);
      return convertAll(review);
    });
  });

  test.each([
    [["v1", "v1beta1"], "apiextensions.k8s.io/v1"],
    [["v1beta1", "v1"], "apiextensions.k8s.io/v1beta1"],
    [["v2", "v1beta1"], "apiextensions.k8s.io/v1beta1"],
  ])("of the review versions %j is asked in %s", async (reviewVersions, apiVersion) => {
    await install(server, { reviewVersions });
    await create("a", "v1beta1");
    await get("a", "v1beta2");
    expect(reviewed).toMatchObject([
      { kind: "ConversionReview", apiVersion, request: { desiredAPIVersion: `${GROUP}/v1beta2` } },
    ]);
    const [object] = reviewed[0]?.request.objects ?? [];
    expect(object).toMatchObject({ apiVersion: `${GROUP}/v1beta1`, metadata: { name: "a" } });
    expect(object?.metadata.resourceVersion).toBeUndefined();
  });

  test("changes labels and annotations, and nothing else of the metadata", async () => {
    await install(server);
    server.webhooks.answer(WEBHOOK, (review: Review) =>
      answer(
        review,
        review.request.objects.map((object) => ({
          ...convert(object, review.request.desiredAPIVersion),
          metadata: {
            ...object.metadata,
            labels: { from: object.apiVersion.replace("/", ".") },
            annotations: { to: review.request.desiredAPIVersion },
            finalizers: ["foo"],
            generation: 42,
            garbage: "x",
          },
        })),
      ),
    );
    const created = await create("a", "v1beta2");
    expect(created.metadata).toMatchObject({
      labels: { from: `${GROUP}.v1beta1` },
      annotations: { to: `${GROUP}/v1beta2` },
      generation: 1,
    });
    expect(created.metadata.finalizers).toBeUndefined();
    expect(created.metadata).not.toHaveProperty("garbage");
    expect(storedIn("a").metadata.labels).toEqual({ from: `${GROUP}.v1beta2` });
  });

  const change = (fields: object) => (review: Review) =>
    answer(
      review,
      review.request.objects.map((object) => ({
        ...convert(object, review.request.desiredAPIVersion),
        ...fields,
      })),
    );
  const changeMeta = (fields: object) => (review: Review) =>
    answer(
      review,
      review.request.objects.map((object) => ({
        ...convert(object, review.request.desiredAPIVersion),
        metadata: { ...object.metadata, ...fields },
      })),
    );
  const respond = (response: object) => (review: Review) => ({
    ...review,
    response: { uid: review.request.uid, result: { status: "Success" }, ...response },
  });

  test.each<readonly [string, (review: Review) => unknown, string | RegExp]>([
    ["gives back nothing", respond({ convertedObjects: [] }), "returned 0 objects, expected 1"],
    [
      "fails with a message",
      respond({ result: { status: "Failure", message: "custom error" } }),
      "failed: custom error",
    ],
    ["fails without one", respond({ result: {} }), "failed: response.result.status was '', not 'Success'"],
    ["does not respond", ({ apiVersion, kind }) => ({ apiVersion, kind }), "failed: no response provided"],
    [
      "answers another review",
      respond({ uid: "other" }),
      /failed: expected response\.uid="uid-\d+", got "other"$/,
    ],
    [
      "answers with another kind",
      ({ request }) => ({ apiVersion: "v1", kind: "Pod", request }),
      "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /v1, Kind=Pod",
    ],
    [
      "gives back another version",
      change({ apiVersion: `${GROUP}/v3` }),
      `returned invalid object: invalid groupVersion (expected ${GROUP}/v1beta2, received ${GROUP}/v3)`,
    ],
    [
      "gives back another kind",
      change({ kind: "Other" }),
      "returned invalid object: invalid kind (expected MultiVersion, received Other)",
    ],
    ["renames", changeMeta({ name: "b" }), "returned invalid object: must have the same name: a != b"],
    [
      "moves",
      changeMeta({ namespace: "other" }),
      "returned invalid object: must have the same namespace: default != other",
    ],
    [
      "changes the uid",
      changeMeta({ uid: "x" }),
      /returned invalid object: must have the same UID: uid-\d+ != x$/,
    ],
    [
      "sets bad labels",
      changeMeta({ labels: { "a b": "c" } }),
      /returned invalid metadata: metadata\.labels: Invalid value: "a b": name part must consist of/,
    ],
    [
      "sets labels that are no texts",
      changeMeta({ labels: { a: 1 } }),
      "returned invalid metadata: metadata.labels[a] must be a string, but is int64 in converted object",
    ],
  ])("that %s fails the request", async (_name, webhook, problem) => {
    await install(server);
    await create("a", "v1beta1");
    server.webhooks.answer(WEBHOOK, webhook);
    const failure = await failureOf(get("a", "v1beta2"));
    expect(failure).toStartWith(`500 Unknown: conversion webhook for ${GROUP}/v1beta1, Kind=MultiVersion `);
    if (typeof problem === "string") expect(failure).toEndWith(problem);
    else expect(failure).toMatch(problem);
  });
});

describe("while the conversion webhook is away", () => {
  const AWAY = `500 Unknown: conversion webhook for ${GROUP}/v1beta1, Kind=MultiVersion failed: Post "${WEBHOOK}?timeout=30s": dial tcp: connect: connection refused`;
  const away = new FakeWebhooks();

  async function installed(options: DefinitionOptions = {}): Promise<void> {
    await install(server, options);
    await create("a", "v1beta1");
    const gone = (review: Review) =>
      away.call({ url: WEBHOOK }, review, { signal: new AbortController().signal });
    server.webhooks.answer(WEBHOOK, gone);
  }

  const update = (version: string): RequestOperation => ({
    verb: "update",
    object: { ...aMultiVersion("a", version), metadata: { name: "a", resourceVersion: "1" } },
  });
  const patch: RequestOperation = {
    verb: "patch",
    patchType: "merge",
    patch: { metadata: { annotations: { a: "b" } } },
  };
  const scale: RequestOperation = {
    verb: "update",
    object: { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 2 } },
  };

  test.each<readonly [string, string, RequestOperation]>([
    ["get", "", { verb: "get" }],
    ["update", "", update("v1beta2")],
    ["patch", "", patch],
    ["delete", "", { verb: "delete" }],
    ["get", "status", { verb: "get" }],
    ["update", "status", update("v1beta2")],
    ["patch", "status", patch],
    ["get", "scale", { verb: "get" }],
    ["update", "scale", scale],
    ["patch", "scale", patch],
  ])("%s of the object's %p says so", async (_verb, subresource, operation) => {
    await installed();
    const kind = multiVersions("v1beta2");
    const place = { kind, ...at("a"), ...(subresource !== "" && { subresource }) };
    expect(await failureOf(server.send(place, operation))).toBe(AWAY);
    expect(await get("a", "v1beta1")).toMatchObject({ spec: { replicas: 1 } });
  });

  test.each<readonly [string, RequestOperation]>([
    ["list", { verb: "list" }],
    ["list with a selector", { verb: "list", options: { labelSelector: "a=b" } }],
    ["deletecollection", { verb: "deletecollection" }],
    ["watch from the start", { verb: "watch" }],
  ])("%s says so", async (_name, operation) => {
    await installed();
    const place = { kind: multiVersions("v1beta2"), namespace: "default" };
    expect(await failureOf(server.send(place, operation))).toBe(AWAY);
    expect((await server.client.list(multiVersions("v1beta1"))).items).toHaveLength(1);
  });

  test("nothing is created in another version than the stored one", async () => {
    await installed();
    expect(await failureOf(create("b", "v1beta2"))).toBe(AWAY.replace("v1beta1", "v1beta2"));
    expect((await create("c", "v1beta1")).metadata.name).toBe("c");
  });

  test("a watch in another version ends with the first object that it cannot show", async () => {
    await installed();
    const [other, stored] = await Promise.all([
      server.watch({ kind: multiVersions("v1beta2") }, { resourceVersion: String(server.store.revision) }),
      server.watch({ kind: multiVersions("v1beta1") }, { resourceVersion: String(server.store.revision) }),
    ]);
    await create("b", "v1beta1");
    await Promise.all([other.settled(), stored.settled()]);
    expect([other.ended, other.events.length]).toEqual([true, 0]);
    expect([stored.ended, stored.events.length]).toEqual([false, 1]);
    await Promise.all([other[Symbol.asyncDispose](), stored[Symbol.asyncDispose]()]);
  });

  test("a request is not failed by an object of another one", async () => {
    await installed();
    await create("b", "v1beta1");
    server.webhooks.answer(WEBHOOK, (review: Review) => {
      const isBad = review.request.objects.some(({ metadata }) => metadata.name === "a");
      return isBad ? { ...review, response: { uid: review.request.uid, result: {} } } : convertAll(review);
    });
    const [list, object] = await Promise.allSettled([
      server.client.list(multiVersions("v1beta2")),
      get("b", "v1beta2"),
    ]);
    expect([list.status, object.status]).toEqual(["rejected", "fulfilled"]);
  });

  test("the definition and its objects can be deleted", async () => {
    await installed({ unserved: ["v1alpha1"] });
    await server.client.delete("CustomResourceDefinition", { name: `multiversions.${GROUP}` });
    await settled();
    expect(server.store.count(`/registry/${GROUP}/`)).toBe(0);
    const name = `multiversions.${GROUP}`;
    expect(await failureOf(server.client.get("CustomResourceDefinition", { name }))).toStartWith("404");
  });
});
