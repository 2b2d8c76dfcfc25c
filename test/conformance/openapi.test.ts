import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isDeepStrictEqual } from "node:util";
import { mapJson, type V2Spec } from "#apiserver/openapi/merge/v2-spec.ts";
import { toV3Document } from "#apiserver/openapi/merge/v2-to-v3.ts";
import { toDefinitions } from "#apiserver/openapi/v2/definitions.ts";
import { omit } from "#base/omit.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { startTestServer, type TestServer } from "../integration/front/server.ts";
import facts from "./facts/openapi-v2.json";
import { type DocumentDigests, digestsOf, type V2Document } from "./openapi-digests.ts";

const KINDS = "x-kubernetes-group-version-kind";

/** Documents are large; in milliseconds. */
const TIMEOUT_MS = 60_000;

type Json = Readonly<Record<string, unknown>>;

interface V3Document {
  readonly paths: Readonly<Record<string, Json>>;
  readonly components: { readonly schemas?: Readonly<Record<string, Json>> };
}

let server: TestServer;
let client: HttpClient;
let v2: V2Document & Json;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  v2 = (await client.send({ path: "/openapi/v2" })).json();
}, TIMEOUT_MS);
afterAll(() => server[Symbol.asyncDispose]());

describe("OpenAPI v2", () => {
  const upstream: DocumentDigests = facts;
  test.each(["paths", "definitions", "parameters"] as const)("has the %s of Kubernetes", (section) => {
    expect(differences(digestsOf(v2)[section], upstream[section])).toEqual([]);
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

test(
  "OpenAPI v3 says the same in a document for each root of paths",
  async () => {
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
    const described = Object.assign(
      {},
      ...documents.map((document) => document.paths),
    ) as V3Document["paths"];
    const converted = toV3Document(v2 as V2Document & V2Spec)["paths"] as V3Document["paths"];
    expect(differences(mapJson(described, withoutRequired) as V3Document["paths"], converted)).toEqual([]);
    for (const { components } of documents) {
      const definitions = Object.entries(toDefinitions(components.schemas ?? {}));
      const different = definitions.filter(([name, definition]) => {
        return !isDeepStrictEqual(withoutKinds(definition), withoutKinds(v2.definitions[name] as Json));
      });
      expect(different.map(([name]) => name)).toEqual([]);
    }
  },
  TIMEOUT_MS,
);

/** The names of those that are not the same. */
function differences(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): readonly string[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => !isDeepStrictEqual(a[name], b[name]));
}

/** Documents of one group version name fewer of those that share a type. */
function withoutKinds(definition: Json): Json {
  return omit(definition, KINDS);
}

/** The conversion, as that of Kubernetes, does not tell that a body is required. */
function withoutRequired(object: object): object {
  return "content" in object ? omit(object as { readonly required?: true }, "required") : object;
}
