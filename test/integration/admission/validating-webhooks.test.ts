import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { MutatingWebhook } from "#api/generated/admissionregistration-v1.ts";
import { aConfigMap, aNamespace } from "#testing/objects.ts";
import { failureOf, statusErrorOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import {
  type AdmissionReview,
  type Answer,
  answerReviews,
  CONFIG_MAPS,
  configure,
  removeAll,
  URL,
} from "./webhook-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterEach(() => removeAll(server));
afterAll(() => server[Symbol.asyncDispose]());

const create = (options: Parameters<typeof aConfigMap>[1] = {}) =>
  server.client.create("ConfigMap", aConfigMap("a", { namespace: "default", ...options }));

const configureWebhook = (webhook: Partial<MutatingWebhook> = {}) =>
  configure(server, "ValidatingWebhookConfiguration", webhook);

const DENIED = 'admission webhook "a.example.com" denied the request';

describe("an answer", () => {
  const cases: readonly { name: string; answer: Answer; want: string }[] = [
    { name: "that allows", answer: { allowed: true }, want: "created" },
    { name: "that denies", answer: { allowed: false }, want: `400 Unknown: ${DENIED} without explanation` },
    {
      name: "with a message",
      answer: { allowed: false, status: { message: "not today" } },
      want: `400 Unknown: ${DENIED}: not today`,
    },
    {
      name: "with a reason",
      answer: { allowed: false, status: { reason: "Forbidden", code: 403 } },
      want: `403 Forbidden: ${DENIED}: Forbidden`,
    },
    {
      name: "with a code that is none of a failure",
      answer: { allowed: false, status: { code: 200, status: "Success", message: "hm" } },
      want: `400 Unknown: ${DENIED}: hm`,
    },
    {
      name: "to another question",
      answer: { allowed: true, uid: "x" },
      want: '500 InternalError: Internal error occurred: failed calling webhook "a.example.com": received invalid webhook response: expected response.uid="uid-N", got "x"',
    },
    {
      name: "with a patch",
      answer: { allowed: true, patch: btoa("[]"), patchType: "JSONPatch" },
      want: '500 InternalError: Internal error occurred: failed calling webhook "a.example.com": received invalid webhook response: validating webhook may not return response.patch',
    },
  ];
  test.each(cases)("$name", async ({ answer, want }) => {
    answerReviews(server, URL, () => answer);
    await configureWebhook();
    const outcome = await create().then(
      () => "created",
      (error: unknown) => failureOf(Promise.reject(error as Error)),
    );
    expect(outcome.replace(/uid-\d+/, "uid-N")).toBe(want);
  });

  test("takes details and other parts of the status along", async () => {
    const status = { message: "no", code: 422, details: { causes: [{ field: "data.a" }] } };
    answerReviews(server, URL, () => ({ allowed: false, status }));
    await configureWebhook();
    const refused = await statusErrorOf(create());
    expect(refused.status).toMatchObject({ status: "Failure", code: 422, details: status.details });
  });

  test("may warn", async () => {
    answerReviews(server, URL, () => ({ allowed: true, warnings: ["careful", "mind the gap"] }));
    await configureWebhook();
    const { warnings } = await server.sendForObject(
      { kind: "ConfigMap", namespace: "default" },
      { verb: "create", object: aConfigMap("a") },
    );
    expect(warnings).toEqual(["careful", "mind the gap"]);
  });
});

describe("a webhook is asked", () => {
  test("about what is to be stored, in the version of the request", async () => {
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    await configureWebhook();
    await create({ data: { a: "1" } });
    expect(seen).toMatchObject([
      {
        apiVersion: "admission.k8s.io/v1",
        kind: "AdmissionReview",
        request: {
          kind: { group: "", version: "v1", kind: "ConfigMap" },
          resource: { group: "", version: "v1", resource: "configmaps" },
          requestKind: { group: "", version: "v1", kind: "ConfigMap" },
          requestResource: { group: "", version: "v1", resource: "configmaps" },
          name: "a",
          namespace: "default",
          operation: "CREATE",
          userInfo: { username: "admin", groups: ["system:masters", "system:authenticated"] },
          object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } },
          oldObject: null,
          dryRun: false,
          options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
        },
      },
    ]);
  });

  const about = ({ request }: AdmissionReview): string =>
    [request.operation, request.subResource, request.object?.kind, request.oldObject?.kind]
      .map((each) => each ?? "-")
      .join(" ");

  test("about changes and deletions, of collections too", async () => {
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    await create();
    await configureWebhook({ rules: [{ ...CONFIG_MAPS, operations: ["*"] }] });
    const place = { kind: "ConfigMap", namespace: "default", name: "a" } as const;
    await server.send(place, { verb: "patch", patchType: "merge", patch: { data: { b: "2" } } });
    await server.client.delete("ConfigMap", { namespace: "default", name: "a" });
    await create();
    await server.send(
      { kind: "ConfigMap", namespace: "default" },
      { verb: "deletecollection", list: { fieldSelector: "metadata.name=a" } },
    );
    expect(seen.map(about)).toEqual([
      "UPDATE - ConfigMap ConfigMap",
      "DELETE - - ConfigMap",
      "CREATE - ConfigMap -",
      "DELETE - - ConfigMap",
    ]);
  });

  test("no longer after its configuration has gone", async () => {
    answerReviews(server, URL, () => ({ allowed: false }));
    await configureWebhook();
    await statusErrorOf(create());
    await server.client.delete("ValidatingWebhookConfiguration", { name: "a" });
    await create();
  });

  test("with others at the same time, of whom the first that denies is heard", async () => {
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    answerReviews(server, "https://no.example.com", () => ({ allowed: false }));
    await configureWebhook();
    await configure(
      server,
      "ValidatingWebhookConfiguration",
      { clientConfig: { url: "https://no.example.com" } },
      "b",
    );
    expect((await statusErrorOf(create())).message).toContain("b.example.com");
    expect(seen).toHaveLength(1);
  });
});

describe("a webhook is not asked", () => {
  const cases: readonly { name: string; webhook: Partial<MutatingWebhook>; calls: number }[] = [
    { name: "when it wants to be", webhook: {}, calls: 1 },
    {
      name: "about other operations",
      webhook: { rules: [{ ...CONFIG_MAPS, operations: ["UPDATE"] }] },
      calls: 0,
    },
    {
      name: "about other resources",
      webhook: { rules: [{ ...CONFIG_MAPS, resources: ["pods"] }] },
      calls: 0,
    },
    {
      name: "about objects of another scope",
      webhook: { rules: [{ ...CONFIG_MAPS, scope: "Cluster" }] },
      calls: 0,
    },
    {
      name: "about subresources alone",
      webhook: { rules: [{ ...CONFIG_MAPS, resources: ["*/status"] }] },
      calls: 0,
    },
    {
      name: "unless it asks for everything",
      webhook: { rules: [{ ...CONFIG_MAPS, resources: ["*/*"] }] },
      calls: 1,
    },
    {
      name: "about namespaces that it does not select",
      webhook: { namespaceSelector: { matchLabels: { team: "a" } } },
      calls: 0,
    },
    {
      name: "unless it selects the namespace",
      webhook: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "default" } } },
      calls: 1,
    },
    {
      name: "about objects that it does not select",
      webhook: { objectSelector: { matchLabels: { app: "b" } } },
      calls: 0,
    },
    {
      name: "unless it selects the object",
      webhook: { objectSelector: { matchLabels: { app: "a" } } },
      calls: 1,
    },
  ];
  test.each(cases)("$name", async ({ webhook, calls }) => {
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    await configureWebhook(webhook);
    await create({ labels: { app: "a" } });
    expect(seen).toHaveLength(calls);
  });

  test("about those who decide", async () => {
    const seen = answerReviews(server, URL, () => ({ allowed: false }));
    await configureWebhook({
      rules: [{ apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"], operations: ["*"] }],
    });
    await server.client.delete("ValidatingWebhookConfiguration", { name: "a" });
    expect(seen).toHaveLength(0);
  });
});

test("conditions that cannot be judged refuse everything", async () => {
  answerReviews(server, URL, () => ({ allowed: true }));
  await configureWebhook({ matchConditions: [{ name: "c", expression: "object.spec.x == 1" }] });
  expect(await failureOf(create())).toBe(
    `403 Forbidden: configmaps "a" is forbidden: expression 'object.spec.x == 1' resulted in error: no such key: spec`,
  );
});

test("the labels that a namespace is to have count", async () => {
  answerReviews(server, URL, () => ({ allowed: false }));
  await configureWebhook({
    namespaceSelector: { matchLabels: { team: "a" } },
    rules: [{ ...CONFIG_MAPS, resources: ["namespaces"] }],
  });
  await server.client.create("Namespace", aNamespace("of-no-team"));
  expect(await failureOf(server.client.create("Namespace", aNamespace("a", { labels: { team: "a" } })))).toBe(
    `400 Unknown: ${DENIED} without explanation`,
  );
});

describe("another version of a resource", () => {
  const rules = [{ ...CONFIG_MAPS, apiGroups: ["events.k8s.io"], resources: ["events"] }];
  const event = {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "a", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "a" },
    reason: "Tested",
    reportingComponent: "",
    reportingInstance: "",
    message: "Something was tested",
    type: "Normal",
  } as const;
  test.each([
    { matchPolicy: "Equivalent" as const, calls: 1 },
    { matchPolicy: "Exact" as const, calls: 0 },
  ])("counts as $matchPolicy", async ({ matchPolicy, calls }) => {
    const seen = answerReviews(server, URL, () => ({ allowed: true }));
    await configureWebhook({ matchPolicy, rules });
    await server.client.create("Event", event);
    expect(seen).toHaveLength(calls);
    if (calls === 0) return;
    expect(seen[0]?.request).toMatchObject({
      kind: { group: "events.k8s.io", kind: "Event" },
      requestKind: { group: "", kind: "Event" },
      object: { apiVersion: "events.k8s.io/v1", regarding: { name: "a" }, note: "Something was tested" },
    });
  });
});

describe("a webhook that cannot be reached", () => {
  const clientConfig = { url: "https://nobody.example.com" };

  test("refuses everything", async () => {
    await configureWebhook({ clientConfig });
    expect(await failureOf(create())).toBe(
      '500 InternalError: Internal error occurred: failed calling webhook "a.example.com": failed to call webhook: Post "https://nobody.example.com?timeout=30s": dial tcp: connect: connection refused',
    );
  });

  test("refuses nothing when its failures are to be ignored", async () => {
    await configureWebhook({ clientConfig, failurePolicy: "Ignore" });
    await create();
  });
});

test("a dry run is told of", async () => {
  const seen = answerReviews(server, URL, () => ({ allowed: true }));
  await configureWebhook();
  const options = { dryRun: true };
  const place = { kind: "ConfigMap", namespace: "default" } as const;
  await server.send(place, { verb: "create", object: aConfigMap("a"), options });
  expect(seen[0]?.request).toMatchObject({ dryRun: true, options: { dryRun: ["All"] } });
});
