import { afterAll, beforeAll, expect, test } from "bun:test";
import { kinds } from "#api/kinds.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { aServiceAccount } from "#testing/objects.ts";
import { absentObject } from "./absent-object.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.client.create("ServiceAccount", aServiceAccount("default"));
});
afterAll(() => server[Symbol.asyncDispose]());

const resources = kinds.map(({ resource }) => resource);

/** Fails for answers that no client should get, whatever it sends. */
async function answerTo(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.reason === "InternalError") throw error;
  }
}

test.each(
  resources.map((resource) => [`${resource.group}/${resource.version} ${resource.name}`, resource] as const),
)("%s has an answer to objects with nothing in them", async (_name, resource) => {
  const place = { kind: resource, ...(resource.namespaced && { namespace: "default" }) };
  const one = { ...place, name: "empty" };
  for (const object of [
    { metadata: { name: "empty" } },
    { metadata: { name: "empty" }, spec: {}, status: {} },
    { metadata: { name: "empty" }, spec: null, status: null, data: null },
    {},
  ]) {
    if (resource.verbs.includes("create")) await answerTo(server.send(place, { verb: "create", object }));
    if (resource.verbs.includes("update")) await answerTo(server.send(one, { verb: "update", object }));
  }
  if (resource.verbs.includes("patch")) {
    await answerTo(
      server.send(one, {
        verb: "patch",
        patchType: "merge",
        patch: { spec: {}, metadata: { labels: { a: "b" } } },
      }),
    );
  }
  for (const { name: subresource, verbs } of resource.subresources) {
    const part = { ...one, subresource };
    if (verbs.includes("get")) await answerTo(server.send(part, { verb: "get" }));
    if (verbs.includes("update"))
      await answerTo(server.send(part, { verb: "update", object: { metadata: { name: "empty" } } }));
    if (verbs.includes("create"))
      await answerTo(server.send(part, { verb: "create", object: { metadata: { name: "empty" } } }));
  }
  if (resource.verbs.includes("list")) {
    const { list } = await server.sendForList({ kind: resource }, { verb: "list" });
    expect(list.kind).toBe(`${resource.kind}List`);
  }
  if (resource.verbs.includes("delete")) await answerTo(server.send(one, { verb: "delete" }));
});

const stored = resources
  .filter(({ verbs }) => verbs.includes("watch"))
  .map((resource) => [resource.kind, resource] as const);

test.each(stored)("%s lives from its creation to its deletion", async (_kind, resource) => {
  const { place, one, object } = await absentObject(server, resource);

  await using watching = await server.watch(place, { resourceVersion: String(server.store.revision) });
  const created = await server.sendForObject(place, { verb: "create", object });
  expect(created.code).toBe(201);
  const { revision } = server.store;
  const same = await server.sendForObject(one, { verb: "update", object: created.object });
  expect(same.object.metadata.resourceVersion).toBe(created.object.metadata.resourceVersion as string);
  expect(server.store.revision).toBe(revision);
  const patch = { metadata: { labels: { changed: "true" } } };
  const patched = await server.sendForObject(one, { verb: "patch", patchType: "strategic", patch });
  expect(patched.object.metadata.labels).toMatchObject({ changed: "true" });
  const read = await server.sendForObject(one, { verb: "get" });
  expect(JSON.parse(new TextDecoder().decode(read.bytes()))).toEqual(patched.object);
  const { list } = await server.sendForList(place, {
    verb: "list",
    options: { labelSelector: "changed=true", fieldSelector: `metadata.name=${one.name}` },
  });
  expect(list.items).toEqual([patched.object]);
  await server.send(one, { verb: "delete", options: { gracePeriodSeconds: 0 } });
  await watching.settled();
  expect(watching.events.map(({ type }) => type).slice(0, 2)).toEqual(["ADDED", "MODIFIED"]);
});

test.each(stored)("%s is not changed by dry runs", async (_kind, resource) => {
  const { place, one, object } = await absentObject(server, resource);
  const options = { dryRun: true };

  const before = server.store.revision;
  const shown = await server.sendForObject(place, { verb: "create", object, options });
  expect([shown.code, server.store.revision]).toEqual([201, before]);
  const created = await server.sendForObject(place, { verb: "create", object });

  const { revision } = server.store;
  const patch = { metadata: { labels: { tried: "true" } } };
  const patching = { verb: "patch", patchType: "merge", patch, options } as const;
  const patched = await server.sendForObject(one, patching);
  expect(patched.object.metadata.labels).toMatchObject({ tried: "true" });
  const update = { verb: "update", object: patched.object, options } as const;
  expect((await server.sendForObject(one, update)).object).toEqual(patched.object);
  for (const { name: subresource, verbs } of resource.subresources) {
    if (verbs.includes("patch")) await answerTo(server.send({ ...one, subresource }, patching));
  }
  await server.send(one, { verb: "delete", options });
  if (resource.verbs.includes("deletecollection")) {
    await server.send(place, { verb: "deletecollection", options });
  }
  expect(server.store.revision).toBe(revision);
  expect((await server.sendForObject(one, { verb: "get" })).object).toEqual(created.object);
});
