/** What is said of requests in their audit events. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { AuditEvent } from "#apiserver/audit/audit-event.ts";
import type { Level } from "#apiserver/audit/audit-policy.ts";
import { Auditor } from "#apiserver/audit/auditor.ts";
import { AuditMetrics } from "#apiserver/audit/backends/audit-metrics.ts";
import { Flush } from "#apiserver/audit/backends/flush.ts";
import { createInProcessTransport } from "#apiserver/in-process-transport.ts";
import type { Client } from "#client/client.ts";
import { createClient } from "#client/create-client.ts";
import { silentLogger } from "#observability/logger.ts";
import { Metrics } from "#observability/metrics.ts";
import { createMemoryStore } from "#store/memory/memory-store.ts";
import type { Store } from "#store/store.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aConfigMap } from "#testing/objects.ts";
import {
  type AdmissionReview,
  answerReviews,
  configure,
  jsonPatch,
  removeAll,
  URL,
} from "../admission/webhook-fixture.ts";
import { ADMIN, startServer, type TestServer } from "../apiserver/server.ts";

const clock = new FakeClock();
const levels: { of: Level } = { of: "Request" };
let events: AuditEvent[];
let server: TestServer;
let transport: ReturnType<typeof createInProcessTransport>;
let client: Client;

beforeAll(async () => {
  const auditor = new Auditor({
    policy: {
      get rules() {
        return [{ level: levels.of, users: [ADMIN.name] }];
      },
    },
    backend: {
      process: (list) => {
        events.push(...list);
        return true;
      },
      [Symbol.asyncDispose]: async () => undefined,
    },
    metrics: new AuditMetrics({ metrics: new Metrics(), clock, logger: silentLogger }),
    flush: new Flush(),
    clock,
  });
  events = [];
  server = await startServer({ core: { auditor, clock }, store: slowStore() });
  transport = createInProcessTransport(server.core.localPipeline, ADMIN, { userAgent: "test" });
  client = createClient(transport);
});

beforeEach(() => {
  events = [];
  levels.of = "Request";
});
afterEach(() => removeAll(server));
afterAll(() => server[Symbol.asyncDispose]());

/** How long the store takes for what is made. */
let delayMs = 0;

function slowStore(): Store {
  const store = createMemoryStore();
  const create: Store["create"] = store.create.bind(store);
  return Object.assign(store, {
    create: async (...what: Parameters<Store["create"]>) => {
      if (delayMs > 0) await clock.advance(delayMs);
      return await create(...what);
    },
  });
}

const create = () => client.create("ConfigMap", aConfigMap("a", { namespace: "default" }));

/** Of the last event, besides those of authorization. */
function annotations(): Readonly<Record<string, string>> {
  const all = [...(events.at(-1)?.annotations ?? [])];
  return Object.fromEntries(all.filter(([key]) => !key.startsWith("authorization.k8s.io/")));
}

const patch = { op: "add", value: { b: "<2>", a: "1" }, path: "/data" };

test("a webhook that changes an object is named, its patch from the level Request on", async () => {
  await configure(server, "MutatingWebhookConfiguration");
  answerReviews(server, URL, () => ({
    allowed: true,
    ...jsonPatch(patch),
    auditAnnotations: { seen: "yes", "not/right": "no" },
  }));
  const mutation = '{"configuration":"a","webhook":"a.example.com","mutated":true}';
  await create();
  expect(annotations()).toEqual({
    "a.example.com/seen": "yes",
    "mutation.webhook.admission.k8s.io/round_0_index_0": mutation,
    "patch.webhook.admission.k8s.io/round_0_index_0":
      '{"configuration":"a","webhook":"a.example.com","patch":[{"op":"add","path":"/data","value":{"b":"\\u003c2\\u003e","a":"1"}}],"patchType":"JSONPatch"}',
  });
  levels.of = "Metadata";
  await client.delete("ConfigMap", { namespace: "default", name: "a" });
  await create();
  expect(annotations()).toEqual({
    "a.example.com/seen": "yes",
    "mutation.webhook.admission.k8s.io/round_0_index_0": mutation,
  });
});

test("webhooks that fail and let requests by are named", async () => {
  const nobody = { clientConfig: { url: "https://nobody.example.com" }, failurePolicy: "Ignore" as const };
  await configure(server, "MutatingWebhookConfiguration", nobody);
  await configure(server, "ValidatingWebhookConfiguration", nobody);
  await create();
  expect(annotations()).toEqual({
    "failed-open.mutation.webhook.admission.k8s.io/round_0_index_0": "a.example.com",
    "mutation.webhook.admission.k8s.io/round_0_index_0":
      '{"configuration":"a","webhook":"a.example.com","mutated":false}',
    "failed-open.validating.webhook.admission.k8s.io/round_0_index_0": "a.example.com",
  });
});

test("a request that takes more than half a second says what it has waited for", async () => {
  await configure(server, "ValidatingWebhookConfiguration");
  server.webhooks.answer(URL, async ({ request, ...review }: AdmissionReview) => {
    await clock.advance(700);
    return { ...review, response: { uid: request.uid, allowed: true } };
  });
  await create();
  expect(annotations()).toEqual({
    "apiserver.latency.k8s.io/validating-webhook": "700ms",
    "apiserver.latency.k8s.io/total": "700ms",
  });
});

test("the data store is one of these", async () => {
  delayMs = 600;
  await create();
  delayMs = 0;
  expect(annotations()).toEqual({
    "apiserver.latency.k8s.io/etcd": "600ms",
    "apiserver.latency.k8s.io/total": "600ms",
  });
});

test("who uses what is deprecated is known by that", async () => {
  await client.list("Endpoints", { namespace: "default" });
  expect(annotations()).toEqual({ "k8s.io/deprecated": "true" });
});

test("a token that is issued is told by its id", async () => {
  const place = { group: "", version: "v1", resource: "serviceaccounts", namespace: "default", name: "a" };
  await client.create("ServiceAccount", { metadata: { name: "a", namespace: "default" } } as never);
  await transport.send(
    {
      target: { ...place, subresource: "token" },
      operation: { verb: "create", object: { spec: { audiences: [], expirationSeconds: 3600 } } as never },
    },
    new AbortController().signal,
  );
  expect(annotations()).toEqual({
    "authentication.kubernetes.io/issued-credential-id": expect.stringMatching(/^JTI=uid-\d+$/),
  });
});
