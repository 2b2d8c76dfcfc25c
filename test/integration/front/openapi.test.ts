import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { WireReader } from "#apiserver/protobuf/wire-reader.ts";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, unknown>>;
  /** Some are about texts alone. */
  readonly components: { readonly schemas?: Readonly<Record<string, Schema>> };
}

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

/** The URLs of the documents by group version. */
async function index(): Promise<Readonly<Record<string, string>>> {
  const { paths } = (await client.send({ path: "/openapi/v3" })).json<{
    readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
  }>();
  return Object.fromEntries(
    Object.entries(paths).map(([path, { serverRelativeURL }]) => [path, serverRelativeURL]),
  );
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "$ref" && typeof each === "string" ? [each] : referencesIn(each),
  );
}

describe("OpenAPI v3", () => {
  test("has a document for each group version, complete in itself", async () => {
    const urls = await index();
    expect(Object.keys(urls)).toContain("api/v1");
    expect(Object.keys(urls)).toContain("apis/apps/v1");
    for (const [path, url] of Object.entries(urls)) {
      const document = (await client.send({ path: url })).json<Document>();
      expect([document.openapi, Object.keys(document.paths).length > 0], path).toEqual(["3.0.0", true]);
      const known = Object.keys(document.components.schemas ?? {}).map(
        (name) => `#/components/schemas/${name}`,
      );
      expect(referencesIn(document).filter((name) => !known.includes(name))).toEqual([]);
    }
  });

  test("describes types and fields", async () => {
    const { "api/v1": path = "" } = await index();
    const { schemas = {} } = (await client.send({ path })).json<Document>().components;
    const pod = schemas["io.k8s.api.core.v1.Pod"];
    expect(pod?.description).toStartWith("Pod is a collection of containers");
    expect(pod?.properties?.["spec"]?.description).toStartWith("Specification of the desired behavior");
    const fields = Object.values(schemas).flatMap(({ properties = {} }) => Object.values(properties));
    const described = fields.filter(({ description }) => description !== undefined);
    expect(described.length / fields.length).toBeGreaterThan(0.98);
  });

  test("may be kept for ever by who names its hash, and is not sent again to who has it", async () => {
    const { "api/v1": path = "" } = await index();
    const { headers } = await client.send({ path });
    expect(headers["cache-control"]).toBe("public, immutable");
    const again = await client.send({ path, headers: { "if-none-match": headers.etag } });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
    const unnamed = await client.send({ path: "/openapi/v3/api/v1" });
    expect([unnamed.status, unnamed.headers["cache-control"]]).toEqual([200, "no-cache, private"]);
  });

  test("leads from an old hash to the new one", async () => {
    const { "api/v1": url = "" } = await index();
    const old = await client.send({ path: "/openapi/v3/api/v1?hash=OLD" });
    expect([old.status, old.headers.location]).toEqual([301, url]);
  });

  test("has no document for what is not served", async () => {
    expect((await client.send({ path: "/openapi/v3/apis/example.com/v1" })).status).toBe(404);
  });
});

describe("OpenAPI v2", () => {
  test("has the definitions of all kinds", async () => {
    const document = (await client.send({ path: "/openapi/v2" })).json<Readonly<Record<string, unknown>>>();
    expect(document["swagger"]).toBe("2.0");
    expect(Object.keys(document["definitions"] as object)).toContain("io.k8s.api.apps.v1.Deployment");
    const known = ["definitions", "parameters"].flatMap((section) =>
      Object.keys(document[section] as object).map((name) => `#/${section}/${name}`),
    );
    expect(referencesIn(document).filter((name) => !known.includes(name))).toEqual([]);
  });

  test("is not sent again to who has it", async () => {
    const { headers } = await client.send({ path: "/openapi/v2" });
    const again = await client.send({ path: "/openapi/v2", headers: { "if-none-match": headers.etag } });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  test("speaks protobuf", async () => {
    const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    const { headers, bytes } = await client.send({ path: "/openapi/v2", headers: { accept: type } });
    expect(headers["content-type"]).toBe(type);
    const reader = new WireReader(bytes);
    expect([reader.readTag().field, reader.readBytes().toString()]).toEqual([1, "2.0"]);
  });

  test("speaks nothing else", async () => {
    const { status } = await client.send({ path: "/openapi/v2", headers: { accept: "text/html" } });
    expect(status).toBe(406);
  });
});
