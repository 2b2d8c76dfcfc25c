import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { MutatingWebhook } from "#api/generated/admissionregistration-v1.ts";
import { aConfigMap, aService } from "#testing/objects.ts";
import { failureOf } from "../apiserver/failure.ts";
import { startServer, type TestServer } from "../apiserver/server.ts";
import {
  type AdmissionReview,
  type Answer,
  answerReviews,
  CONFIG_MAPS,
  configure,
  jsonPatch,
  removeAll,
  URL,
} from "./webhook-fixture.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterEach(() => removeAll(server));
afterAll(() => server[Symbol.asyncDispose]());

const create = (data: Readonly<Record<string, string>> = { start: "0" }) =>
  server.client.create("ConfigMap", aConfigMap("a", { namespace: "default", data }));

/** Webhooks by their names, each of which adds its name with the number of keys that it has seen. */
async function configureWriters(
  webhooks: Readonly<Record<string, Partial<MutatingWebhook>>>,
): Promise<readonly string[]> {
  const calls: string[] = [];
  for (const [name, webhook] of Object.entries(webhooks)) {
    const url = `https://${name}.example.com`;
    answerReviews(server, url, (review) => {
      calls.push(name);
      const { data = {} } = review.request.object as { data?: object };
      const value = String(Object.keys(data).length);
      return { allowed: true, ...jsonPatch({ op: "add", path: `/data/${name}`, value }) };
    });
    await configure(server, "MutatingWebhookConfiguration", { clientConfig: { url }, ...webhook }, name);
  }
  return calls;
}

test("webhooks change an object one after the other, in the order of their configurations", async () => {
  const calls = await configureWriters({ second: {}, first: {} });
  expect((await create()).data).toEqual({ start: "0", first: "1", second: "2" });
  expect(calls).toEqual(["first", "second"]);
});

describe("a webhook is asked again", () => {
  const again = { reinvocationPolicy: "IfNeeded" } as const;
  const cases: readonly {
    name: string;
    webhooks: Readonly<Record<string, Partial<MutatingWebhook>>>;
    calls: readonly string[];
  }[] = [
    {
      name: "after one that comes later has changed something",
      webhooks: { a: again, b: {} },
      calls: ["a", "b", "a"],
    },
    { name: "but not because of itself", webhooks: { a: again }, calls: ["a"] },
    { name: "but not when it does not care", webhooks: { a: {}, b: {} }, calls: ["a", "b"] },
    { name: "once and no more", webhooks: { a: again, b: again }, calls: ["a", "b", "a", "b"] },
  ];
  test.each(cases)("$name", async ({ webhooks, calls }) => {
    const seen = await configureWriters(webhooks);
    await create();
    expect(seen).toEqual(calls);
  });
});

describe("what a webhook does", () => {
  const failed = 'failed calling webhook "a.example.com"';
  const patched = (...operations: readonly object[]) => ({ allowed: true, ...jsonPatch(...operations) });
  const cases: readonly { name: string; answer: Answer; want: string }[] = [
    { name: "nothing", answer: { allowed: true }, want: '{"start":"0"}' },
    { name: "nothing, in a patch", answer: patched(), want: '{"start":"0"}' },
    {
      name: "a change",
      answer: patched({ op: "replace", path: "/data/start", value: "1" }),
      want: '{"start":"1"}',
    },
    {
      name: "a field that there is not",
      answer: patched({ op: "add", path: "/unknown", value: 1 }),
      want: '{"start":"0"}',
    },
    {
      name: "a patch without a type",
      answer: { allowed: true, patch: btoa("[]") },
      want: `500 InternalError: Internal error occurred: ${failed}: received invalid webhook response: webhook returned response.patch but not response.patchType`,
    },
    {
      name: "a patch of another type",
      answer: { allowed: true, patch: btoa('[{"op":"add"}]'), patchType: "Merge" },
      want: `500 InternalError: Internal error occurred: ${failed}: unsupported patch type "Merge"`,
    },
    {
      name: "a patch that cannot be applied",
      answer: patched({ op: "remove", path: "/data/nothing" }),
      want: "500 InternalError: Internal error occurred: error in remove for path: '/data/nothing': Unable to remove nonexistent key: nothing: missing value",
    },
    {
      name: "something invalid",
      answer: patched({ op: "add", path: "/data/b c", value: "1" }),
      want: `422 Invalid: ConfigMap "a" is invalid: data[b c]: Invalid value: "b c": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    },
    {
      name: "a refusal",
      answer: { allowed: false, status: { message: "no" } },
      want: '400 Unknown: admission webhook "a.example.com" denied the request: no',
    },
  ];
  test.each(cases)("$name", async ({ answer, want }) => {
    answerReviews(server, URL, () => answer);
    await configure(server, "MutatingWebhookConfiguration");
    const outcome = await create().then(
      ({ data }) => JSON.stringify(data),
      (error: unknown) => failureOf(Promise.reject(error as Error)),
    );
    expect(outcome).toBe(want);
  });
});

test("what a webhook adds gets its defaults", async () => {
  answerReviews(server, URL, () => ({
    allowed: true,
    ...jsonPatch({ op: "add", path: "/spec/ports/-", value: { name: "more", port: 81 } }),
  }));
  await configure(server, "MutatingWebhookConfiguration", {
    rules: [{ ...CONFIG_MAPS, resources: ["services"] }],
  });
  const ports = [{ name: "web", port: 80 }];
  const service = await server.client.create(
    "Service",
    aService("patched", { namespace: "default", spec: { ports } }),
  );
  expect(service.spec?.ports?.[1]).toEqual({ name: "more", port: 81, protocol: "TCP", targetPort: 81 });
});

test("a patch is for the version that the webhook is asked about", async () => {
  const seen = answerReviews(server, URL, () => ({
    allowed: true,
    ...jsonPatch({ op: "replace", path: "/note", value: "changed" }),
  }));
  await configure(server, "MutatingWebhookConfiguration", {
    rules: [{ ...CONFIG_MAPS, apiGroups: ["events.k8s.io"], resources: ["events"] }],
  });
  const event = await server.client.create("Event", {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: "a", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "a" },
    reason: "Tested",
    reportingComponent: "",
    reportingInstance: "",
    message: "Something was tested",
    type: "Normal",
  });
  expect(event.message).toBe("changed");
  expect(seen[0]?.request.object?.apiVersion).toBe("events.k8s.io/v1");
});

describe("owners of fields", () => {
  test("are not those that a webhook makes up", async () => {
    answerReviews(server, URL, () => ({
      allowed: true,
      ...jsonPatch({ op: "replace", path: "/metadata/managedFields/0/operation", value: "Nonsense" }),
    }));
    await configure(server, "MutatingWebhookConfiguration");
    const { object, warnings } = await server.sendForObject(
      { kind: "ConfigMap", namespace: "default" },
      { verb: "create", object: aConfigMap("a", { data: { a: "1" } }) },
    );
    expect(object.metadata.managedFields?.[0]?.operation).toBe("Update");
    expect(warnings).toEqual([
      ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: operation must be `Apply` or `Update`",
    ]);
  });
});

test("nothing can be changed of what is deleted", async () => {
  await create();
  const asked: AdmissionReview[] = [];
  answerReviews(server, URL, (review) => {
    asked.push(review);
    return { allowed: true, ...jsonPatch({ op: "add", path: "/data", value: {} }) };
  });
  await configure(server, "MutatingWebhookConfiguration", {
    rules: [{ ...CONFIG_MAPS, operations: ["DELETE"] }],
  });
  expect(await failureOf(server.client.delete("ConfigMap", { namespace: "default", name: "a" }))).toBe(
    '500 InternalError: Internal error occurred: admission webhook "a.example.com" attempted to modify the object, which is not supported for this operation',
  );
  expect(asked[0]?.request.oldObject?.metadata.name).toBe("a");
});

test("an update is patched, too, and so is an apply", async () => {
  await create();
  await configureWriters({ late: { rules: [{ ...CONFIG_MAPS, operations: ["UPDATE"] }] } });
  const place = { kind: "ConfigMap", namespace: "default", name: "a" } as const;
  const patch = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { own: "1" } };
  const options = { fieldManager: "tester" };
  const { object } = await server.sendForObject(place, { verb: "patch", patchType: "apply", patch, options });
  expect(object).toMatchObject({ data: { start: "0", own: "1", late: "2" } });
});
