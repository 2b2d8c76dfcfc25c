import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { HttpClient } from "./http-client.ts";
import { startTestServer, type TestServer } from "./server.ts";
import { warningTexts } from "./warning-texts.ts";

const ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
const IN_DEFAULT = "/api/v1/namespaces/default";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Case {
  readonly name: string;
  /** Method and path. */
  readonly request: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** The status, and the texts of the warnings. */
  readonly want: readonly [status: number, ...warnings: string[]];
}

const withColour = { metadata: { name: "colourful" }, colour: "red" };
const UNKNOWN = 'unknown field "colour"';
const NO_CERTIFICATE = "tls: failed to find any PEM data in certificate input";
const withoutKeys = {
  metadata: { name: "tls" },
  type: "kubernetes.io/tls",
  data: { "tls.crt": "", "tls.key": "" },
};
const owner = { apiVersion: "v1", kind: "Pod", name: "a", uid: "1" };

const cases: Case[] = [
  { name: "a list of what is deprecated", request: "GET /api/v1/endpoints", want: [200, ENDPOINTS] },
  {
    name: "a deprecated object that is not there",
    request: `GET ${IN_DEFAULT}/endpoints/none`,
    want: [404, ENDPOINTS],
  },
  {
    name: "the deletion of deprecated objects",
    request: `DELETE ${IN_DEFAULT}/endpoints`,
    want: [200, ENDPOINTS],
  },
  { name: "nothing special", request: `GET ${IN_DEFAULT}/pods`, want: [200] },
  {
    name: "an unknown field",
    request: `POST ${IN_DEFAULT}/configmaps?dryRun=All`,
    body: withColour,
    want: [201, UNKNOWN],
  },
  {
    name: "an unknown field of an object that is invalid",
    request: `POST ${IN_DEFAULT}/configmaps`,
    body: { ...withColour, metadata: { name: "A" } },
    want: [422, UNKNOWN],
  },
  {
    name: "an apply",
    request: `PATCH ${IN_DEFAULT}/secrets/tls?fieldManager=test`,
    contentType: "application/apply-patch+yaml",
    body: { apiVersion: "v1", kind: "Secret", ...withoutKeys },
    want: [201, NO_CERTIFICATE],
  },
  {
    name: "a patch",
    request: `PATCH ${IN_DEFAULT}/secrets/tls`,
    contentType: "application/merge-patch+json",
    body: { metadata: { labels: { a: "b" } } },
    want: [200, NO_CERTIFICATE],
  },
  {
    name: "an unknown field in a patch",
    request: `PATCH ${IN_DEFAULT}/secrets/tls`,
    contentType: "application/strategic-merge-patch+json",
    body: { colour: "red" },
    want: [200, UNKNOWN, NO_CERTIFICATE],
  },
  {
    name: "owners that are named twice",
    request: `POST ${IN_DEFAULT}/configmaps?dryRun=All`,
    body: { metadata: { name: "owned", ownerReferences: [owner, owner] } },
    want: [
      201,
      ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: 1",
    ],
  },
  {
    name: "a create that is refused in the end",
    request: `POST ${IN_DEFAULT}/secrets?dryRun=All`,
    body: withoutKeys,
    want: [409, NO_CERTIFICATE],
  },
  {
    name: "a job that is deleted by default",
    request: "DELETE /apis/batch/v1/namespaces/default/jobs/none",
    want: [
      404,
      "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
    ],
  },
];

describe("warnings", () => {
  test.each(cases)("come with $name", async ({ request, contentType = "application/json", body, want }) => {
    const [method = "", path = ""] = request.split(" ");
    const answer = await client.send({
      method,
      path,
      ...(body !== undefined && {
        headers: { "content-type": contentType },
        body: JSON.stringify(body),
      }),
    });
    expect([answer.status, ...warningTexts(answer.headers["warning"])]).toEqual([...want]);
  });

  test("come with a watch before its events", async () => {
    const { status, headers, body } = await client.open({
      path: "/api/v1/endpoints?watch=1&timeoutSeconds=1",
    });
    expect([status, ...warningTexts(headers["warning"])]).toEqual([200, ENDPOINTS]);
    for await (const _ of body) continue;
  });
});
