import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { KindRef } from "#api/resource.ts";
import type { PatchOptions, PatchType } from "#apimachinery/request.ts";
import { aConfigMap } from "#testing/objects.ts";
import { aDeployment } from "#testing/workloads.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

const A = { namespace: "default", name: "a" } as const;

let server: TestServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server[Symbol.asyncDispose]());

function patch(kind: KindRef, type: PatchType, document: unknown, options: PatchOptions = {}) {
  return server.sendForObject({ kind, ...A }, { verb: "patch", patchType: type, patch: document, options });
}

describe("patch", () => {
  beforeEach(() => server.client.create("ConfigMap", aConfigMap("a", { data: { a: "1", b: "2" } })));

  test.each<[PatchType, unknown]>([
    ["merge", { data: { a: null, c: "3" } }],
    ["strategic", { data: { a: null, c: "3" } }],
    [
      "json",
      [
        { op: "test", path: "/data/a", value: "1" },
        { op: "remove", path: "/data/a" },
        { op: "add", path: "/data/c", value: "3" },
      ],
    ],
  ])("of type %s", async (type, document) => {
    const { code, object } = await patch("ConfigMap", type, document);
    expect(code).toBe(200);
    expect(object).toMatchObject({ data: { b: "2", c: "3" } });
    expect(object).not.toHaveProperty("data.a");
    expect(await server.client.get("ConfigMap", A)).toBe(object as never);
  });

  test("merges lists by their keys", async () => {
    await server.client.create("Deployment", aDeployment("a"));
    const { object } = await patch("Deployment", "strategic", {
      spec: {
        template: {
          spec: {
            containers: [
              { name: "web", image: "web:2" },
              { name: "log", image: "log:1" },
            ],
          },
        },
      },
    });
    expect(object).toMatchObject({
      metadata: { generation: 2 },
      spec: { template: { spec: { containers: [{ name: "web", image: "web:2" }, { name: "log" }] } } },
    });
  });

  test("that changes nothing writes nothing", async () => {
    const { revision } = server.store;
    const { object } = await patch("ConfigMap", "merge", { data: { a: "1" } });
    expect(object.metadata.resourceVersion).toBe(String(revision));
    expect(server.store.revision).toBe(revision);
  });

  test("of something that is missing", async () => {
    const request = server.send(
      { kind: "ConfigMap", namespace: "default", name: "b" },
      { verb: "patch", patchType: "merge", patch: {} },
    );
    expect(await failureOf(request)).toBe('404 NotFound: configmaps "b" not found');
  });

  test.each<[string, PatchType, unknown, string]>([
    [
      "renames",
      "merge",
      { metadata: { name: "b" } },
      "400 BadRequest: the name of the object (b) does not match the name on the URL (a)",
    ],
    [
      "moves",
      "merge",
      { metadata: { namespace: "kube-system" } },
      "400 BadRequest: the namespace of the provided object does not match the namespace sent on the request",
    ],
    [
      "has a stale resourceVersion",
      "merge",
      { metadata: { resourceVersion: "1" } },
      '409 Conflict: Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    ],
    [
      "fails its test",
      "json",
      [{ op: "test", path: "/data/a", value: "2" }],
      "422 Invalid: the server rejected our request due to an error in our request",
    ],
    [
      "makes the object invalid",
      "merge",
      { data: { "a/b": "" } },
      "422 Invalid: ConfigMap \"a\" is invalid: data[a/b]: Invalid value: \"a/b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
    [
      "makes it something else",
      "merge",
      { data: { a: 1 } },
      '422 Invalid:  "" is invalid: patch: Invalid value: "',
    ],
  ])("that %s is refused", async (_what, type, document, failure) => {
    expect(await failureOf(patch("ConfigMap", type, document))).toStartWith(failure);
  });

  test("with unknown fields is warned about, or refused", async () => {
    const { warnings } = await patch("ConfigMap", "merge", { foo: 1 });
    expect(warnings).toEqual(['unknown field "foo"']);
    expect(await failureOf(patch("ConfigMap", "merge", { foo: 1 }, { fieldValidation: "Strict" }))).toContain(
      'strict decoding error: unknown field "foo"',
    );
  });

  test("is shown and not stored in a dry run", async () => {
    const { revision } = server.store;
    const { object } = await patch("ConfigMap", "merge", { data: { a: "3" } }, { dryRun: true });
    expect(object).toMatchObject({ data: { a: "3", b: "2" } });
    expect(server.store.revision).toBe(revision);
  });

  test("is tried again on a newer state", async () => {
    const writers = Array.from({ length: 30 }, (_, index) =>
      patch("ConfigMap", "merge", { data: { [`k${String(index)}`]: "x" } }),
    );
    await Promise.all(writers);
    const { data } = await server.client.get("ConfigMap", A);
    expect(Object.keys(data ?? {})).toHaveLength(32);
  });

  test("of the status leaves the rest alone", async () => {
    await server.client.create("Deployment", aDeployment("a"));
    const { object } = await server.sendForObject(
      { kind: "Deployment", ...A, subresource: "status" },
      {
        verb: "patch",
        patchType: "merge",
        patch: { spec: { replicas: 9 }, status: { replicas: 9 } },
      },
    );
    expect(object).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 9 } });
  });
});
