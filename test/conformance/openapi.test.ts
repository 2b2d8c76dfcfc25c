import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { toDefinitions } from "#apiserver/openapi/v2/definitions.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { startTestServer, type TestServer } from "../integration/front/server.ts";
import facts from "./facts/openapi-v2.json";
import { type DocumentDigests, digestsOf, type V2Document } from "./openapi-digests.ts";

const KINDS = "x-kubernetes-group-version-kind";

type Json = Readonly<Record<string, unknown>>;

interface V3Document {
  readonly paths: Readonly<Record<string, Json>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

let server: TestServer;
let client: HttpClient;
let v2: V2Document & Json;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  v2 = (await client.send({ path: "/openapi/v2" })).json();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("OpenAPI v2", () => {
  const upstream: DocumentDigests = facts;
  test.each(["paths", "definitions", "parameters"] as const)("has the %s of Kubernetes", (section) => {
    const own = digestsOf(v2)[section];
    const known = upstream[section];
    const names = new Set([...Object.keys(own), ...Object.keys(known)]);
    expect([...names].filter((name) => own[name] !== known[name])).toEqual([]);
  });

  test("says what it is, and how clients say who they are", () => {
    const { paths: _, definitions: __, parameters: ___, ...rest } = v2;
    expect(rest).toEqual({
      swagger: "2.0",
      info: { title: "Kubernetes", version: "1.36" },
      security: [{ BearerToken: [] }],
      securityDefinitions: {
        BearerToken: {
          description: "Bearer Token authentication",
          in: "header",
          name: "authorization",
          type: "apiKey",
        },
      },
    });
  });
});

test("OpenAPI v3 says the same in a document for each root of paths", async () => {
  const { paths } = (await client.send({ path: "/openapi/v3" })).json<{
    paths: Record<string, { serverRelativeURL: string }>;
  }>();
  const roots = Object.keys(v2.paths).flatMap((path) => /^\/(.*)\/$/.exec(path)?.[1] ?? []);
  expect(Object.keys(paths)).toEqual(roots.toSorted());
  const documents = await Promise.all(
    Object.values(paths).map(async ({ serverRelativeURL }) => {
      return (await client.send({ path: serverRelativeURL })).json<V3Document>();
    }),
  );
  const described = documents.flatMap((document) => Object.entries(document.paths).flatMap(idsOf));
  expect(described.toSorted()).toEqual(
    Object.entries(v2.paths as V3Document["paths"])
      .flatMap(idsOf)
      .toSorted(),
  );
  for (const { components } of documents) {
    for (const [name, definition] of Object.entries(toDefinitions(components.schemas ?? {}))) {
      expect({ ...definition, [KINDS]: undefined }, name).toEqual({
        ...(v2.definitions[name] as Json),
        [KINDS]: undefined,
      });
    }
  }
}, 30_000);

function idsOf([path, item]: readonly [string, Json]): readonly string[] {
  return Object.entries(item).flatMap(([method, operation]) => {
    if (Array.isArray(operation)) return [];
    return `${method} ${path} ${String((operation as Json)["operationId"])}`;
  });
}
