/** What clients send that is wrong, and the Status that Kubernetes answers with, word for word. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Status } from "#apimachinery/generated/meta-v1.ts";
import { encodeContinue } from "#apiserver/storage/continue-token.ts";
import type { HttpClient, HttpRequest } from "../integration/front/http-client.ts";
import { startTestServer, type TestServer } from "../integration/front/server.ts";

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const JSON_TYPE = "application/json";
const YAML_TYPE = "application/yaml";

let server: TestServer;
let client: HttpClient;
beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
  const created = await client.send(post(configMap({ metadata: { name: "have" } })));
  expect(created.status).toBe(201);
});
afterAll(() => server[Symbol.asyncDispose]());

function configMap(fields: object = {}): string {
  return JSON.stringify({ kind: "ConfigMap", apiVersion: "v1", metadata: { name: "x" }, ...fields });
}

function post(body: string, query = "", type = JSON_TYPE): HttpRequest {
  return { method: "POST", path: CONFIG_MAPS + query, headers: { "content-type": type }, body };
}

function put(body: string): HttpRequest {
  return { method: "PUT", path: `${CONFIG_MAPS}/have`, headers: { "content-type": JSON_TYPE }, body };
}

function patch(type: string, body: string, query = ""): HttpRequest {
  const headers = { "content-type": `application/${type}` };
  return { method: "PATCH", path: `${CONFIG_MAPS}/have${query}`, headers, body };
}

function list(query: string): HttpRequest {
  return { path: `${CONFIG_MAPS}?${query}` };
}

interface Case {
  readonly name: string;
  readonly request: HttpRequest;
  readonly code: number;
  /** Empty where upstream gives none, as for what it did not foresee. */
  readonly reason: string;
  readonly message: string;
}

const BAD_REQUEST = { code: 400, reason: "BadRequest" } as const;
const INVALID = { code: 422, reason: "Invalid" } as const;
const UNRECOGNIZED = "the object provided is unrecognized (must be of type ConfigMap): ";
const CANNOT_HANDLE = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
const TYPE_META = String.raw`Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
const SUBDOMAIN = String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`;
const QUALIFIED = String.raw`name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`;
const DEEP = 20_000;

const texts: Case[] = [
  {
    name: "a text that breaks off",
    request: post("{"),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}couldn't get version/kind; json parse error: unexpected end of JSON input ({)`,
  },
  {
    name: "no text",
    request: post(""),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
  },
  {
    name: "a list",
    request: post("[]"),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}couldn't get version/kind; json parse error: json: cannot unmarshal array into ${TYPE_META} (5b5d)`,
  },
  {
    name: "no protobuf",
    request: post("xxxx", "", "application/vnd.kubernetes.protobuf"),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] (78787878)`,
  },
  {
    name: "an endless list in an unknown field",
    request: post(configMap().replace(/}$/, `,"y":${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`)),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}exceeded max depth`,
  },
  {
    name: "an endless list of YAML",
    request: post(`x: ${"[".repeat(DEEP)}${"]".repeat(DEEP)}`, "", "application/yaml"),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}error converting YAML to JSON: yaml: line 1: exceeded max depth (${Buffer.from(`x: ${"[".repeat(27)}`).toString("hex")} ...)`,
  },
  {
    name: "an infinite number of YAML",
    request: post("x: .inf", "", "application/yaml"),
    ...BAD_REQUEST,
    message: `${UNRECOGNIZED}error converting YAML to JSON: json: unsupported value: +Inf (${Buffer.from("x: .inf").toString("hex")})`,
  },
  {
    name: "an endless strategic merge patch",
    request: patch("strategic-merge-patch+json", `${'{"x":'.repeat(DEEP)}1${"}".repeat(DEEP)}`),
    ...BAD_REQUEST,
    message: "exceeded max depth",
  },
  {
    name: "an endless merge patch",
    request: patch("merge-patch+json", `${'{"x":'.repeat(DEEP)}1${"}".repeat(DEEP)}`),
    ...BAD_REQUEST,
    message: "error decoding patch: exceeded max depth",
  },
];

const types: Case[] = [
  {
    name: "a number for a string",
    request: post(configMap({ data: { a: 1 } })),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
  },
  {
    name: "a list for a map",
    request: post(configMap({ data: [] })),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string`,
  },
  {
    name: "a string for metadata",
    request: post(configMap({ metadata: "x" })),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta`,
  },
  {
    name: "another kind",
    request: post(configMap({ kind: "Pod" })),
    ...BAD_REQUEST,
    message:
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
  },
  {
    name: "a JSON patch that removes what is not there",
    request: patch("json-patch+json", '[{"op":"remove","path":"/data/x"}]'),
    ...INVALID,
    message: "the server rejected our request due to an error in our request",
  },
  {
    name: "a JSON patch that is no list",
    request: patch("json-patch+json", "{}"),
    ...BAD_REQUEST,
    message:
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  },
];

const strictness: Case[] = [
  {
    name: "unknown fields",
    request: post(configMap({ foo: 1, metadata: { name: "x", bar: 2 } }), "?fieldValidation=Strict"),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}strict decoding error: unknown field "metadata.bar", unknown field "foo"`,
  },
  {
    name: "duplicate fields",
    request: post(configMap().replace(/}$/, ',"data":{"a":"1","a":"2"}}'), "?fieldValidation=Strict"),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}strict decoding error: duplicate field "data.a"`,
  },
  {
    name: "fields in other letters",
    request: post('{"kind":"ConfigMap","apiVersion":"v1","Metadata":{}}', "?fieldValidation=Strict"),
    ...BAD_REQUEST,
    message: `${CANNOT_HANDLE}strict decoding error: unknown field "Metadata"`,
  },
  {
    name: "duplicate fields of YAML",
    request: post("kind: ConfigMap\ndata: {a: b, a: c}\n", "?fieldValidation=Strict", YAML_TYPE),
    ...BAD_REQUEST,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
      'yaml: unmarshal errors:\n  line 2: key "a" already set in map',
  },
];

const metadata: Case[] = [
  {
    name: "no name",
    request: post(configMap({ metadata: {} })),
    ...INVALID,
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    name: "a bad name",
    request: post(configMap({ metadata: { name: "A_b" } })),
    ...INVALID,
    message: `ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": ${SUBDOMAIN}`,
  },
  {
    name: "a bad key of a label",
    request: post(configMap({ metadata: { name: "x", labels: { "a b": "c" } } })),
    ...INVALID,
    message: `ConfigMap "x" is invalid: metadata.labels: Invalid value: "a b": ${QUALIFIED}`,
  },
  {
    name: "large annotations",
    request: post(configMap({ metadata: { name: "x", annotations: { a: "x".repeat(262_144) } } })),
    ...INVALID,
    message: 'ConfigMap "x" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
  },
  {
    name: "another namespace than that of the path",
    request: post(configMap({ metadata: { name: "x", namespace: "other" } })),
    ...BAD_REQUEST,
    message: "the namespace of the provided object does not match the namespace sent on the request",
  },
  {
    name: "another name than that of the path",
    request: put(configMap()),
    ...BAD_REQUEST,
    message: "the name of the object (x) does not match the name on the URL (have)",
  },
  {
    name: "a resourceVersion on create",
    request: post(configMap({ metadata: { name: "x", resourceVersion: "1" } })),
    code: 500,
    reason: "",
    message: "resourceVersion should not be set on objects to be created",
  },
  {
    name: "an old resourceVersion on update",
    request: put(configMap({ metadata: { name: "have", resourceVersion: "1" } })),
    code: 409,
    reason: "Conflict",
    message:
      'Operation cannot be fulfilled on configmaps "have": the object has been modified; please apply your changes to the latest version and try again',
  },
  {
    name: "a name that is taken",
    request: post(configMap({ metadata: { name: "have" } })),
    code: 409,
    reason: "AlreadyExists",
    message: 'configmaps "have" already exists',
  },
  {
    name: "a namespace that does not exist",
    request: { ...post(configMap()), path: "/api/v1/namespaces/missing/configmaps" },
    code: 404,
    reason: "NotFound",
    message: 'namespaces "missing" not found',
  },
];

const sizes: Case[] = [
  {
    name: "a body of more than 3 MiB",
    request: post(configMap({ data: { a: "x".repeat(3 * 1024 * 1024) } })),
    code: 413,
    reason: "RequestEntityTooLarge",
    message: "Request entity too large: limit is 3145728",
  },
  {
    name: "a ConfigMap of more than 1 MiB",
    request: post(configMap({ data: { a: "x".repeat(1024 * 1024 + 1) } })),
    ...INVALID,
    message: 'ConfigMap "x" is invalid: []: Too long: may not be more than 1048576 bytes',
  },
  {
    name: "an object of more than 1.5 MiB",
    request: {
      method: "POST",
      path: "/apis/apps/v1/namespaces/default/controllerrevisions",
      headers: { "content-type": JSON_TYPE },
      body: JSON.stringify({
        kind: "ControllerRevision",
        apiVersion: "apps/v1",
        metadata: { name: "x" },
        revision: 1,
        data: { a: "x".repeat(1536 * 1024) },
      }),
    },
    code: 500,
    reason: "",
    message: "etcdserver: request is too large",
  },
];

const mediaTypes: Case[] = [
  {
    name: "a body of text",
    request: post(configMap(), "", "text/plain"),
    code: 415,
    reason: "UnsupportedMediaType",
    message:
      "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
  },
  {
    name: "a patch of no type",
    request: patch("json", "{}"),
    code: 415,
    reason: "UnsupportedMediaType",
    message:
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
  },
  {
    name: "a wish for HTML",
    request: { path: CONFIG_MAPS, headers: { accept: "text/html" } },
    code: 406,
    reason: "NotAcceptable",
    message:
      "only the following media types are accepted: application/json, application/yaml, " +
      "application/vnd.kubernetes.protobuf",
  },
];

const NOT_FOUND = {
  code: 404,
  reason: "NotFound",
  message: "the server could not find the requested resource",
} as const;
const NOT_ALLOWED = {
  code: 405,
  reason: "MethodNotAllowed",
  message: "the server does not allow this method on the requested resource",
} as const;

const paths: Case[] = [
  { name: "an unknown resource", request: { path: "/api/v1/foos" }, ...NOT_FOUND },
  {
    name: "a subresource that the kind lacks",
    request: { path: `${CONFIG_MAPS}/have/status` },
    ...NOT_FOUND,
  },
  {
    name: "a way out of a path",
    request: { path: "/api/v1/namespaces/../namespaces/default" },
    ...NOT_FOUND,
  },
  { name: "POST to an object", request: { ...put(configMap()), method: "POST" }, ...NOT_ALLOWED },
  { name: "PUT to a collection", request: { ...post(configMap()), method: "PUT" }, ...NOT_ALLOWED },
  {
    name: "DELETE of all namespaces",
    request: { path: "/api/v1/namespaces", method: "DELETE" },
    ...NOT_ALLOWED,
  },
];

const LIST_OPTIONS = 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: ';

const queries: Case[] = [
  {
    name: "a label selector without end",
    request: list("labelSelector=a+in+(b"),
    ...BAD_REQUEST,
    message: "unable to parse requirement: found '', expected: ',' or ')'",
  },
  {
    name: "a field selector without operator",
    request: list("fieldSelector=foo"),
    ...BAD_REQUEST,
    message: "invalid selector: 'foo'; can't understand 'foo'",
  },
  {
    name: "an unknown field",
    request: list("fieldSelector=foo%3Dbar"),
    ...BAD_REQUEST,
    message: '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    name: "a limit that is no number",
    request: list("limit=x"),
    ...BAD_REQUEST,
    message: 'strconv.ParseInt: parsing "x": invalid syntax',
  },
  {
    name: "a resourceVersion of the future",
    request: list("resourceVersion=99999999"),
    code: 504,
    reason: "Timeout",
    message: "Timeout: Too large resource version: 99999999, current: ",
  },
  {
    name: "a match without resourceVersion",
    request: list("resourceVersionMatch=Exact"),
    ...INVALID,
    message: `${LIST_OPTIONS}resourceVersionMatch is forbidden unless resourceVersion is provided`,
  },
  {
    name: "a watch that asks for initial events only",
    request: list("watch=1&sendInitialEvents=true"),
    ...INVALID,
    message: `${LIST_OPTIONS}sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
  },
  {
    name: "a continue token with a resourceVersion",
    request: list(`resourceVersion=5&continue=${encodeContinue({ revision: 5, after: "a" }, "")}`),
    ...BAD_REQUEST,
    message: "specifying resource version is not allowed when using continue",
  },
  {
    name: "a timeout that is no time",
    request: list("timeout=abc"),
    ...BAD_REQUEST,
    message: 'invalid timeout specified in the request URL - time: invalid duration "abc"',
  },
  {
    name: "an unknown field validation",
    request: post(configMap(), "?fieldValidation=Foo"),
    ...INVALID,
    message:
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"',
  },
  {
    name: "an unknown propagation policy",
    request: { path: `${CONFIG_MAPS}/have?propagationPolicy=Foo`, method: "DELETE" },
    ...INVALID,
    message:
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
  },
  {
    name: "an apply without a manager",
    request: patch("apply-patch+yaml", configMap({ metadata: { name: "have" } })),
    ...INVALID,
    message:
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  },
];

test.each([
  ["an unknown path", "/foo"],
  ["an unknown group", "/apis/foo/v1/bars"],
  ["an unknown version", "/apis/apps/v9/deployments"],
])("%s is no page", async (_, path) => {
  const { status, text } = await client.send({ path });
  expect([status, text]).toEqual([404, "404 page not found\n"]);
});

describe.each(Object.entries({ texts, types, strictness, metadata, sizes, mediaTypes, paths, queries }))(
  "%s",
  (_, cases) => {
    test.each(cases)("$name: $code $reason", async ({ request, code, reason, message }) => {
      const answer = await client.send(request);
      const status = answer.json<Status>();
      expect(status).toMatchObject({ kind: "Status", apiVersion: "v1", status: "Failure" });
      expect(status.message?.slice(0, message.endsWith(" ") ? message.length : undefined)).toBe(message);
      expect([answer.status, status.code, status.reason ?? ""]).toEqual([code, code, reason]);
    });
  },
);

test.each([
  ["Warn", '299 - "unknown field \\"foo\\""'],
  ["", '299 - "unknown field \\"foo\\""'],
  ["Ignore", undefined],
])(
  "under fieldValidation %p an unknown field is accepted with the warning %p",
  async (validation, warning) => {
    const answer = await client.send(
      post(configMap({ foo: 1 }), `?dryRun=All&fieldValidation=${validation}`),
    );
    expect([answer.status, answer.headers["warning"]]).toEqual([201, warning]);
  },
);

test("a continue token whose revision has been compacted is expired, and says how to go on", async () => {
  const { metadata } = (await client.send(list("limit=1&labelSelector=none"))).json<{
    metadata: { resourceVersion: string };
  }>();
  const revision = Number(metadata.resourceVersion);
  const token = { v: "meta.k8s.io/v1", rv: revision, start: "have\u0000" };
  await client.send(post(configMap({ metadata: { name: "next" } })));
  await client.send({ method: "DELETE", path: `${CONFIG_MAPS}/next` });
  await server.store.compact(server.store.revision);
  const encoded = Buffer.from(JSON.stringify(token)).toString("base64url");
  const answer = await client.send(list(`limit=1&continue=${encoded}`));
  const status = answer.json<Status>();
  expect([status.code, status.reason]).toEqual([410, "Expired"]);
  expect(status.message).toStartWith(
    "The provided continue parameter is too old to display a consistent list result.",
  );
  const watch = await client.send(list(`watch=1&resourceVersion=${metadata.resourceVersion}`));
  expect(watch.json<{ type: string; object: Status }>()).toMatchObject({
    type: "ERROR",
    object: { code: 410, reason: "Expired", message: expect.stringContaining("too old resource version") },
  });
});

test("nothing of this was logged as an error, or left anything behind", async () => {
  expect(server.logLines.filter((line) => line.includes("level=error"))).toEqual([]);
  const { items } = (await client.send({ path: CONFIG_MAPS })).json<{
    items: { metadata: { name: string } }[];
  }>();
  expect(items.map((item) => item.metadata.name)).toEqual(["have"]);
});
