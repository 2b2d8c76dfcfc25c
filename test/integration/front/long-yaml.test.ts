import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ConfigMap } from "#api/generated/core-v1.ts";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

/** More than is parsed by the thread that answers. */
const KEYS = Array.from({ length: 2000 }, (_, index) => `key-${String(index)}`);
const DATA = KEYS.map((key) => `  ${key}: value of ${key}`).join("\n");

const manifest = (name: string, rest = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${DATA}\n${rest}`;

async function post(body: string, query = "") {
  const headers = { "content-type": "application/yaml" };
  return await client.send({ method: "POST", path: `${CONFIG_MAPS}${query}`, headers, body });
}

describe("a long body of YAML", () => {
  test("is read like a short one", async () => {
    const answer = await post(manifest("created"));
    expect([answer.status, answer.headers["warning"]]).toEqual([201, undefined]);
    const { data = {} } = answer.json<ConfigMap>();
    expect([Object.keys(data).length, data["key-1999"]]).toEqual([2000, "value of key-1999"]);
  });

  test("says where its keys are set twice", async () => {
    const twice = manifest("twice", '  "key-0": another');
    const answer = await post(twice, "?fieldValidation=Warn");
    expect([answer.status, answer.headers["warning"]]).toEqual([
      201,
      expect.stringContaining('line 2006: key \\"key-0\\" already set in map'),
    ]);
    const strict = await post(twice, "?fieldValidation=Strict");
    expect(strict.json<Status>()).toMatchObject({
      code: 400,
      message: expect.stringContaining('line 2006: key "key-0" already set in map'),
    });
  });

  test.each([
    ["  a: *b", "error converting YAML to JSON: yaml: unknown anchor 'b' referenced"],
    ["  a: .inf", "error converting YAML to JSON: json: unsupported value: +Inf"],
  ])("says what is wrong with it: %p", async (line, message) => {
    expect((await post(manifest("wrong", line))).json<Status>()).toMatchObject({
      code: 400,
      reason: "BadRequest",
      message: expect.stringContaining(message),
    });
  });

  test("is not told to who may not create anything", async () => {
    const headers = { "content-type": "application/yaml", "impersonate-user": "alice" };
    const body = manifest("wrong", "  a: *b");
    expect((await client.send({ method: "POST", path: CONFIG_MAPS, headers, body })).status).toBe(403);
  });

  test("may be applied, as may be long JSON that is written for people", async () => {
    const headers = { "content-type": "application/apply-patch+yaml" };
    const apply = async (body: string) =>
      await client.send({ method: "PATCH", path: `${CONFIG_MAPS}/applied?fieldManager=a`, headers, body });
    expect((await apply(manifest("applied"))).status).toBe(201);
    const metadata = { name: "applied" };
    const data = Object.fromEntries(KEYS.map((key) => [key, "changed"]));
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
    const changed = await apply(JSON.stringify(object, null, 2));
    expect([changed.status, changed.json<ConfigMap>().data?.["key-7"]]).toEqual([200, "changed"]);
  });
});
