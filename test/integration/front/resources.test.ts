import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ConfigMap, ConfigMapList, Namespace } from "#api/generated/core-v1.ts";
import type { PartialObjectMetadataList, Status, Table } from "#apimachinery/generated/meta-v1.ts";
import { WireWriter } from "#testing/wire-writer.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const NAMESPACES = "/api/v1/namespaces";
const JSON_TYPE = "application/json";

function send(
  method: string,
  path: string,
  contentType: string,
  body: string | Uint8Array,
): Promise<HttpAnswer> {
  return client.send({ method, path, headers: { "content-type": contentType }, body });
}

const post = (path: string, object: unknown): Promise<HttpAnswer> =>
  send("POST", path, JSON_TYPE, JSON.stringify(object));

/** A namespace of its own for a test that counts objects. */
async function aNamespace(name: string): Promise<string> {
  expect((await post(NAMESPACES, { metadata: { name } })).status).toBe(201);
  return `${NAMESPACES}/${name}/configmaps`;
}

describe("bodies", () => {
  const envelope = (raw: WireWriter): Uint8Array =>
    Buffer.concat([
      Buffer.from("k8s\0"),
      new WireWriter()
        .message(1, new WireWriter().text(1, "v1").text(2, "ConfigMap"))
        .message(2, raw)
        .finish(),
    ]);
  const formats: { type: string; body: (name: string) => string | Uint8Array }[] = [
    { type: JSON_TYPE, body: (name) => JSON.stringify({ metadata: { name }, data: { k: "v" } }) },
    { type: "application/yaml", body: (name) => `metadata: {name: ${name}}\ndata:\n  k: v\n` },
    {
      type: "application/vnd.kubernetes.protobuf",
      body: (name) =>
        envelope(
          new WireWriter()
            .message(1, new WireWriter().text(1, name))
            .message(2, new WireWriter().text(1, "k").text(2, "v")),
        ),
    },
  ];
  test.each(formats)("may be $type", async ({ type, body }) => {
    const name = `in-${type.replace(/.*[./]/, "")}`;
    const answer = await send("POST", CONFIG_MAPS, type, body(name));
    expect(answer.json()).toMatchObject({ kind: "ConfigMap", metadata: { name }, data: { k: "v" } });
  });

  const faults: { name: string; type: string; body: string; code: number; message: string }[] = [
    {
      name: "of an unknown type",
      type: "text/html",
      body: "<p>",
      code: 415,
      message:
        "the body of the request was in an unknown format - accepted media types include: " +
        "application/json, application/yaml, application/vnd.kubernetes.protobuf",
    },
    {
      name: "that is no JSON",
      type: JSON_TYPE,
      body: "{",
      code: 400,
      message: "the object provided is unrecognized (must be of type ConfigMap): ",
    },
    {
      name: "of another kind",
      type: JSON_TYPE,
      body: JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }),
      code: 400,
      message: "ConfigMap",
    },
    {
      name: "of another namespace",
      type: JSON_TYPE,
      body: JSON.stringify({ metadata: { name: "a", namespace: "other" } }),
      code: 400,
      message: "the namespace of the provided object does not match the namespace sent on the request",
    },
  ];
  test.each(faults)("$name are refused", async ({ type, body, code, message }) => {
    const status = (await send("POST", CONFIG_MAPS, type, body)).json<Status>();
    expect(status).toMatchObject({ kind: "Status", code, message: expect.stringContaining(message) });
  });

  test("with unknown fields make warnings, or are refused", async () => {
    const body = JSON.stringify({ metadata: { name: "strange" }, colour: "red" });
    const strict = await send("POST", `${CONFIG_MAPS}?fieldValidation=Strict`, JSON_TYPE, body);
    expect(strict.json<Status>()).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "colour"',
    });
    const warned = await send("POST", `${CONFIG_MAPS}?fieldValidation=Warn&dryRun=All`, JSON_TYPE, body);
    expect([warned.status, warned.headers["warning"]]).toEqual([201, '299 - "unknown field \\"colour\\""']);
  });

  test("are only tried out with dryRun", async () => {
    const dry = await post(`${CONFIG_MAPS}?dryRun=All`, { metadata: { name: "dry" } });
    expect(dry.status).toBe(201);
    expect((await client.send({ path: `${CONFIG_MAPS}/dry` })).status).toBe(404);
  });
});

describe("patches", () => {
  const patches: { type: string; patch: unknown; data: Record<string, string> }[] = [
    {
      type: "application/json-patch+json",
      patch: [{ op: "replace", path: "/data/a", value: "2" }],
      data: { a: "2", b: "1" },
    },
    { type: "application/merge-patch+json", patch: { data: { a: null, c: "3" } }, data: { b: "1", c: "3" } },
    { type: "application/strategic-merge-patch+json", patch: { data: { b: "4" } }, data: { a: "1", b: "4" } },
  ];
  test.each(patches)("may be $type", async ({ type, patch, data }) => {
    const name = `by-${type.replace(/.*\//, "").replace("+", "-")}`;
    await post(CONFIG_MAPS, { metadata: { name }, data: { a: "1", b: "1" } });
    const answer = await send("PATCH", `${CONFIG_MAPS}/${name}`, type, JSON.stringify(patch));
    expect([answer.status, answer.json<ConfigMap>().data]).toEqual([200, data]);
  });

  test("may be configurations that are applied", async () => {
    const path = `${CONFIG_MAPS}/applied?fieldManager=me`;
    const body = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\ndata: {a: b}\n";
    const created = await send("PATCH", path, "application/apply-patch+yaml", body);
    const again = await send("PATCH", path, "application/apply-patch+yaml", body);
    expect([created.status, again.status, again.json<ConfigMap>().data]).toEqual([201, 200, { a: "b" }]);
    expect(again.json<ConfigMap>().metadata.managedFields).toMatchObject([
      { manager: "me", operation: "Apply" },
    ]);
  });

  test("of an unknown type are refused", async () => {
    const status = (await send("PATCH", `${CONFIG_MAPS}/a`, JSON_TYPE, "{}")).json<Status>();
    expect(status).toMatchObject({
      code: 415,
      reason: "UnsupportedMediaType",
      message: expect.stringContaining("application/strategic-merge-patch+json"),
    });
  });
});

describe("lists", () => {
  let path: string;
  beforeAll(async () => {
    path = await aNamespace("lists");
    for (const name of ["a", "b", "c"]) await post(path, { metadata: { name, labels: { name } } });
  });

  const names = (answer: HttpAnswer): readonly string[] =>
    answer.json<ConfigMapList>().items.map(({ metadata }) => metadata.name);

  test.each([
    { query: "", found: ["a", "b", "c"] },
    { query: "?labelSelector=name+in+(a,c)", found: ["a", "c"] },
    { query: "?fieldSelector=metadata.name%3Db", found: ["b"] },
    { query: "?limit=2", found: ["a", "b"] },
  ])("with $query find $found", async ({ query, found }) => {
    expect(names(await client.send({ path: path + query }))).toEqual([...found]);
  });

  test("go on where they stopped", async () => {
    const first = (await client.send({ path: `${path}?limit=2` })).json<ConfigMapList>();
    expect(first.metadata?.remainingItemCount).toBe(1);
    const rest = `${path}?limit=2&continue=${encodeURIComponent(first.metadata?.continue ?? "")}`;
    expect(names(await client.send({ path: rest }))).toEqual(["c"]);
  });

  test.each([
    { query: "limit=x", message: 'strconv.ParseInt: parsing "x": invalid syntax' },
    { query: "labelSelector=a==b==c", message: "found '==', expected: ',' or 'end of string'" },
    { query: "fieldSelector=spec.x%3Da", message: '"spec.x" is not a known field selector' },
    { query: "timeout=soon", message: "invalid timeout specified in the request URL" },
    { query: "continue=x", message: "continue key is not valid" },
  ])("with $query are bad requests", async ({ query, message }) => {
    const status = (await client.send({ path: `${path}?${query}` })).json<Status>();
    expect(status).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: expect.stringContaining(message),
    });
  });

  test("may be deleted, or some of them", async () => {
    const some = `${path}?labelSelector=name%3Da`;
    expect((await client.send({ method: "DELETE", path: some })).status).toBe(200);
    expect(names(await client.send({ path }))).toEqual(["b", "c"]);
  });
});

describe("deletes", () => {
  const options = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid: "other" } };
  const ways: { name: string; request: (path: string) => HttpRequest }[] = [
    {
      name: "in the body",
      request: (path) => ({
        path,
        method: "DELETE",
        headers: { "content-type": JSON_TYPE },
        body: JSON.stringify(options),
      }),
    },
    { name: "in the query", request: (path) => ({ path: `${path}?dryRun=All`, method: "DELETE" }) },
  ];
  test.each(ways)("take their options $name", async ({ name, request }) => {
    const path = `${CONFIG_MAPS}/kept-${name.replaceAll(" ", "-")}`;
    await post(CONFIG_MAPS, { metadata: { name: `kept-${name.replaceAll(" ", "-")}` } });
    await client.send(request(path));
    expect((await client.send({ path })).status).toBe(200);
  });

  test("with preconditions that are not met are conflicts", async () => {
    await post(CONFIG_MAPS, { metadata: { name: "precondition" } });
    const body = JSON.stringify(options);
    const status = (await send("DELETE", `${CONFIG_MAPS}/precondition`, JSON_TYPE, body)).json<Status>();
    expect(status).toMatchObject({ code: 409, reason: "Conflict" });
  });
});

describe("answers", () => {
  const get = (accept: string, path = `${NAMESPACES}/default`): Promise<HttpAnswer> =>
    client.send({ path, headers: { accept } });

  test("may be YAML", async () => {
    const { headers, text } = await get("application/yaml");
    expect(headers["content-type"]).toBe("application/yaml");
    expect(text).toStartWith("apiVersion: v1\nkind: Namespace\n");
  });

  test.each(["?pretty=true", "?pretty=1"])("may be indented with %s", async (query) => {
    const { text } = await client.send({ path: `${NAMESPACES}/default${query}` });
    expect(text).toStartWith('{\n  "');
  });

  test("may be tables", async () => {
    const table = (await get(`${JSON_TYPE};as=Table;v=v1;g=meta.k8s.io`, NAMESPACES)).json<Table>();
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(["Name", "Status", "Age"]);
    const row = table.rows.find(({ cells }) => cells[0] === "default");
    expect(row?.object).toMatchObject({ kind: "PartialObjectMetadata", metadata: { name: "default" } });
  });

  test("may be metadata alone", async () => {
    const accept = `${JSON_TYPE};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`;
    const list = (await get(accept, NAMESPACES)).json<PartialObjectMetadataList>();
    expect(list.kind).toBe("PartialObjectMetadataList");
    const found = list.items.find(({ metadata }) => metadata?.name === "default");
    expect(Object.keys(found ?? {}).toSorted()).toEqual(["apiVersion", "kind", "metadata"]);
  });

  test("that nobody can make are not acceptable", async () => {
    const status = (await get("image/png")).json<Status>();
    expect(status).toMatchObject({
      code: 406,
      reason: "NotAcceptable",
      message:
        "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    });
  });

  test("of a status have the object around it", async () => {
    const object = (await get(JSON_TYPE, `${NAMESPACES}/default/status`)).json<Namespace>();
    expect(object).toMatchObject({ kind: "Namespace", status: { phase: "Active" } });
  });
});
