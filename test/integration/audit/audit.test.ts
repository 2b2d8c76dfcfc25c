import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestControlPlane, type TestControlPlane } from "../../conformance/control-plane.ts";
import {
  startWebhookServer,
  type WebhookServer,
  webhookKubeconfig,
} from "../../conformance/webhook-server.ts";
import { HttpClient } from "../front/http-client.ts";
import { until } from "../until.ts";

const POLICY = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitManagedFields: true
rules:
- level: None
  users: ["system:apiserver"]
- level: None
  userGroups: ["system:nodes", "system:serviceaccounts:kube-system"]
- level: Metadata
  resources: [{group: "", resources: ["secrets"]}]
- level: RequestResponse
  omitStages: [RequestReceived]
  namespaces: [default]
  resources: [{group: "", resources: [configmaps]}]
- level: Request
  verbs: [create]
  resources: [{group: "", resources: [namespaces]}]
- level: Metadata
  nonResourceURLs: ["/version"]
`;

interface Event {
  readonly stage: string;
  readonly [field: string]: unknown;
}

let directory: string;
let log: string;
let webhook: WebhookServer;
/** The events that the webhook has been sent. */
const posted: Event[] = [];
let plane: TestControlPlane;
let client: HttpClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubelith-audit-"));
  log = join(directory, "log", "audit.log");
  const auditPolicyFile = join(directory, "policy.yaml");
  await writeFile(auditPolicyFile, POLICY);
  webhook = await startWebhookServer("/events", ({ items }: { items: Event[] }) => {
    posted.push(...items);
    return {};
  });
  const auditWebhookConfigFile = join(directory, "webhook.yaml");
  await writeFile(auditWebhookConfigFile, webhookKubeconfig(webhook));
  plane = await startTestControlPlane({
    auditPolicyFile,
    auditLogPath: log,
    auditWebhookConfigFile,
    auditWebhookMode: "blocking-strict",
    auditWebhookInitialBackoffMs: 1,
  });
  client = connect();
});

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

function connect(isKnown = true): HttpClient {
  const { authorities, credentials } = plane.api.pki;
  return new HttpClient({
    url: plane.url,
    protocol: "h2",
    authority: authorities["server-ca"],
    credential: isKnown ? credentials["client-admin"] : undefined,
  });
}

/** The events of one request, as soon as the last of them is there. */
async function eventsOf(auditID: string, last = "ResponseComplete"): Promise<readonly Event[]> {
  let events: readonly Event[] = [];
  await until(async () => {
    const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
    events = lines
      .filter((line) => line.includes(`"auditID":"${auditID}"`))
      .map((line) => JSON.parse(line) as Event);
    return events.some(({ stage }) => stage === last);
  });
  return events;
}

function post(path: string, auditID: string, object: unknown, headers: Record<string, string> = {}) {
  return client.send({
    method: "POST",
    path,
    headers: { "audit-id": auditID, "content-type": "application/json", ...headers },
    body: JSON.stringify(object),
  });
}

describe("the level", () => {
  test("Metadata says who did what, and nothing of the objects", async () => {
    await post("/api/v1/namespaces/default/secrets?fieldManager=me", "secret", {
      metadata: { name: "db" },
      stringData: { password: "a-password" },
    });
    const [received, complete, ...more] = await eventsOf("secret");
    expect(more).toEqual([]);
    expect(received).toMatchObject({ stage: "RequestReceived", level: "Metadata", verb: "create" });
    expect(received).not.toHaveProperty("responseStatus");
    expect(complete).toMatchObject({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      stage: "ResponseComplete",
      requestURI: "/api/v1/namespaces/default/secrets?fieldManager=me",
      user: { username: "system:admin", groups: ["system:masters", "system:authenticated"] },
      sourceIPs: ["127.0.0.1"],
      objectRef: { resource: "secrets", namespace: "default", name: "db", apiVersion: "v1" },
      responseStatus: { metadata: {}, code: 201 },
      annotations: { "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "" },
    });
    expect(complete).not.toHaveProperty("requestObject");
    expect(await readFile(log, "utf8")).not.toContain("password");
  });

  test("Request adds what was sent, RequestResponse what became of it, without managed fields", async () => {
    const sent = { metadata: { name: "team" } };
    await post("/api/v1/namespaces", "namespace", sent);
    const namespace = (await eventsOf("namespace")).at(-1);
    expect(namespace).toMatchObject({ level: "Request", requestObject: sent, objectRef: { name: "team" } });
    expect(namespace).not.toHaveProperty("responseObject");

    await post("/api/v1/namespaces/default/configmaps", "map", {
      metadata: { name: "a" },
      data: { k: "<v>" },
    });
    const [only, ...more] = await eventsOf("map");
    expect(more).toEqual([]);
    expect(only).toMatchObject({
      stage: "ResponseComplete",
      requestObject: { data: { k: "<v>" } },
      responseObject: { kind: "ConfigMap", metadata: { name: "a" }, data: { k: "<v>" } },
    });
    expect(JSON.stringify(only)).not.toContain("managedFields");
  });

  test("None, and a request that no rule is for, leave no trace", async () => {
    await client.send({ path: "/api/v1/nodes", headers: { "audit-id": "nodes" } });
    await client.send({ path: "/version", headers: { "audit-id": "version" } });
    expect((await eventsOf("version")).at(-1)).toMatchObject({ verb: "get", requestURI: "/version" });
    expect(await readFile(log, "utf8")).not.toContain('"auditID":"nodes"');
  });
});

test("a patch, a deletion and a failure are recorded with what they say", async () => {
  const path = "/api/v1/namespaces/default/configmaps/a";
  await client.send({
    method: "PATCH",
    path,
    headers: { "audit-id": "patch", "content-type": "application/merge-patch+json" },
    body: '{"data":{"more":"1"}}',
  });
  expect((await eventsOf("patch"))[0]).toMatchObject({
    verb: "patch",
    requestObject: { data: { more: "1" } },
    responseObject: { data: { more: "1" } },
  });
  await client.send({
    method: "DELETE",
    path: `${path}?propagationPolicy=Orphan`,
    headers: { "audit-id": "delete" },
  });
  expect((await eventsOf("delete"))[0]).toMatchObject({
    verb: "delete",
    requestObject: { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Orphan" },
  });
  await client.send({ path: "/api/v1/namespaces/default/configmaps/none", headers: { "audit-id": "none" } });
  expect((await eventsOf("none"))[0]).toMatchObject({
    responseStatus: {
      status: "Failure",
      reason: "NotFound",
      message: 'configmaps "none" not found',
      code: 404,
    },
    responseObject: { kind: "Status", code: 404 },
  });
});

test("a watch is recorded when its answer begins, and when it ends", async () => {
  const { body } = await client.open({
    path: "/api/v1/namespaces/default/secrets?watch=true",
    headers: { "audit-id": "watch" },
  });
  const begun = await eventsOf("watch", "ResponseStarted");
  expect(begun.map(({ stage }) => stage)).toEqual(["RequestReceived", "ResponseStarted"]);
  body.destroy();
  const events = await eventsOf("watch");
  expect(events.map(({ stage }) => stage)).toEqual([
    "RequestReceived",
    "ResponseStarted",
    "ResponseComplete",
  ]);
});

test("whoever acts as somebody else is recorded with both names, and with the refusal", async () => {
  await post(
    "/api/v1/namespaces/default/secrets",
    "impersonated",
    { metadata: { name: "x" } },
    {
      "impersonate-user": "jane",
    },
  );
  expect((await eventsOf("impersonated")).at(-1)).toMatchObject({
    user: { username: "system:admin" },
    impersonatedUser: { username: "jane", groups: ["system:authenticated"] },
    responseStatus: { status: "Failure", reason: "Forbidden", code: 403 },
    annotations: { "authorization.k8s.io/decision": "forbid" },
  });
});

test("who cannot be authenticated is recorded once, without a name", async () => {
  await using stranger = connect(false);
  await stranger.send({
    path: "/api/v1/namespaces/default/secrets",
    headers: { "audit-id": "stranger", authorization: "Bearer nonsense" },
  });
  expect(await eventsOf("stranger", "ResponseStarted")).toMatchObject([
    { user: {}, responseStatus: { code: 401, reason: "Unauthorized" } },
  ]);
});

test("what is refused before its sender is asked for is recorded once, without a name", async () => {
  await client.send({ path: "/version?timeout=soon", headers: { "audit-id": "timeout" } });
  expect(await eventsOf("timeout", "ResponseStarted")).toMatchObject([
    { stage: "ResponseStarted", user: {}, responseStatus: { code: 400, reason: "BadRequest" } },
  ]);
});

test("metadata alone is recorded as the client gets it", async () => {
  await post("/api/v1/namespaces/default/configmaps", "bare", {
    metadata: { name: "bare" },
    data: { a: "b" },
  });
  for (const [path, kind] of [
    ["configmaps/bare", "PartialObjectMetadata"],
    ["configmaps", "PartialObjectMetadataList"],
  ] as const) {
    const accept = `application/vnd.kubernetes.protobuf;as=${kind};v=v1;g=meta.k8s.io`;
    await client.send({
      path: `/api/v1/namespaces/default/${path}`,
      headers: { accept, "audit-id": kind },
    });
    const event = (await eventsOf(kind))[0];
    expect(event).toMatchObject({ responseObject: { kind, apiVersion: "meta.k8s.io/v1" } });
    expect(JSON.stringify(event)).toContain('"name":"bare"');
    expect(JSON.stringify(event)).not.toContain('"data"');
  }
});

test("a table is recorded as the client gets it", async () => {
  await post("/api/v1/namespaces/default/configmaps", "row", { metadata: { name: "row" } });
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  for (const [path, id] of [
    ["configmaps/row", "get-table"],
    ["configmaps?includeObject=Object", "list-table"],
  ] as const) {
    await client.send({
      path: `/api/v1/namespaces/default/${path}`,
      headers: { accept, "audit-id": id },
    });
    const event = (await eventsOf(id))[0];
    expect(event).toMatchObject({ responseObject: { kind: "Table", apiVersion: "meta.k8s.io/v1" } });
    expect(JSON.stringify(event)).toContain('"name":"row"');
    expect(JSON.stringify(event)).not.toContain("managedFields");
  }
});

test("clients in the server's own process are recorded too", async () => {
  await plane.client.create("Secret", { metadata: { name: "own", namespace: "default" } } as never);
  await until(async () => (await readFile(log, "utf8")).includes('"name":"own"'));
  const line = (await readFile(log, "utf8")).split("\n").find((each) => each.includes('"name":"own"')) ?? "";
  expect(JSON.parse(line)).toMatchObject({
    stage: "ResponseComplete",
    requestURI: "/api/v1/namespaces/default/secrets",
    userAgent: "test",
    responseStatus: { code: 201 },
  });
});

test("nobody else may read the file", async () => {
  expect((await stat(log)).mode & 0o777).toBe(0o600);
});

describe("a webhook in mode blocking-strict", () => {
  test("has heard of a request before its client is answered", async () => {
    await post("/api/v1/namespaces", "posted", { metadata: { name: "posted" } });
    const events = posted.filter(({ auditID }) => auditID === "posted");
    expect(events.map(({ stage }) => stage)).toEqual(["RequestReceived", "ResponseComplete"]);
    const written = await eventsOf("posted");
    expect(written).toEqual(
      events.map((event) => ({ kind: "Event", apiVersion: "audit.k8s.io/v1", ...event })),
    );
  });

  test("lets no request through that it cannot hear of", async () => {
    await webhook[Symbol.asyncDispose]();
    const { status, headers, text } = await post("/api/v1/namespaces?fieldManager=<me>", "away", {
      metadata: { name: "away" },
    });
    expect([status, headers["content-type"], text]).toEqual([
      500,
      "text/plain; charset=utf-8",
      'Internal Server Error: "/api/v1/namespaces?fieldManager=&lt;me&gt;": failed to store audit event\n',
    ]);
    await expect(
      plane.client.create("Namespace", { metadata: { name: "away" } } as never),
    ).rejects.toMatchObject({ status: { code: 500, reason: "InternalError" } });
    const found = await client.send({ path: "/api/v1/namespaces/away" });
    expect(found.status).toBe(404);
    const { text: metrics } = await client.send({ path: "/metrics" });
    expect(metrics).toContain("apiserver_audit_requests_rejected_total 2");
    expect(metrics).toContain('apiserver_audit_error_total{plugin="webhook"} 2');
  });
});
