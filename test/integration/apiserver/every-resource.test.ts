import { afterAll, beforeAll, expect, test } from "bun:test";
import { apiGroups } from "#api/resource.ts";
import { StatusError } from "#apimachinery/status-error.ts";
import { aServiceAccount } from "#testing/objects.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.client.create("ServiceAccount", aServiceAccount("default"));
});
afterAll(() => server[Symbol.asyncDispose]());

const resources = apiGroups.flatMap(({ versions }) => versions.flatMap((version) => version.resources));

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
