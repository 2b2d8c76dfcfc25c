import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ValidatingAdmissionPolicy } from "#api/generated/admissionregistration-v1.ts";
import { failureOf } from "./failure.ts";
import { startServer, type TestServer } from "./server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const apiVersion = "admissionregistration.k8s.io/v1";
const resourceRules = [
  { apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE" as const] },
];
const undeclared =
  "compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x == 1\n | ^";

function aPolicy(name: string, spec: ValidatingAdmissionPolicy["spec"]) {
  return {
    apiVersion,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: { matchConstraints: { resourceRules }, ...spec },
  } as const;
}

test("a policy with a good expression is kept", async () => {
  const policy = aPolicy("good", { validations: [{ expression: "object.spec.replicas < 3" }] });
  expect((await server.client.create("ValidatingAdmissionPolicy", policy)).metadata.generation).toBe(1);
});

test("an expression of a policy compiles", async () => {
  const policy = aPolicy("a", { validations: [{ expression: "x == 1" }] });
  expect(await failureOf(server.client.create("ValidatingAdmissionPolicy", policy))).toBe(
    `422 Invalid: ValidatingAdmissionPolicy.admissionregistration.k8s.io "a" is invalid: spec.validations[0].expression: Invalid value: "x == 1": ${undeclared}`,
  );
});

test("a condition of a webhook compiles", async () => {
  const created = server.client.create("ValidatingWebhookConfiguration", {
    apiVersion,
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "a" },
    webhooks: [
      {
        name: "a.example.com",
        clientConfig: { url: "https://example.com" },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        matchConditions: [{ name: "a", expression: "x == 1" }],
      },
    ],
  });
  expect(await failureOf(created)).toBe(
    `422 Invalid: ValidatingWebhookConfiguration.admissionregistration.k8s.io "a" is invalid: webhooks[0].matchConditions[0].expression: Invalid value: "x == 1": ${undeclared}`,
  );
});

test("a mutation makes an object of its kind of patch", async () => {
  const created = server.client.create("MutatingAdmissionPolicy", {
    apiVersion,
    kind: "MutatingAdmissionPolicy",
    metadata: { name: "a" },
    spec: {
      matchConstraints: { resourceRules },
      reinvocationPolicy: "Never",
      mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "1" } }],
    },
  });
  expect(await failureOf(created)).toBe(
    '422 Invalid: MutatingAdmissionPolicy.admissionregistration.k8s.io "a" is invalid: spec.mutations[0].applyConfiguration.expression: Invalid value: "1": must evaluate to Object but got int',
  );
});

const selectors = [{ cel: { expression: "x == 1" } }];

test("a selector of devices compiles", async () => {
  const deviceClass = server.client.create("DeviceClass", {
    apiVersion: "resource.k8s.io/v1",
    kind: "DeviceClass",
    metadata: { name: "a" },
    spec: { selectors },
  });
  expect(await failureOf(deviceClass)).toBe(
    `422 Invalid: DeviceClass.resource.k8s.io "a" is invalid: spec.selectors[0].cel.expression: Invalid value: "x == 1": ${undeclared}`,
  );
  const requests = [{ name: "a", exactly: { deviceClassName: "a", selectors } }];
  const claim = server.client.create("ResourceClaim", {
    apiVersion: "resource.k8s.io/v1",
    kind: "ResourceClaim",
    metadata: { name: "a", namespace: "default" },
    spec: { devices: { requests } },
  });
  expect(await failureOf(claim)).toBe(
    `422 Invalid: ResourceClaim.resource.k8s.io "a" is invalid: spec.devices.requests[0].exactly.selectors[0].cel.expression: Invalid value: "x == 1": ${undeclared}`,
  );
});
