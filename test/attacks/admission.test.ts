/** Ways past those who judge requests: policies, webhooks, and the webhook of images. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aPod } from "#testing/objects.ts";
import { startWebhookServer, webhookKubeconfig } from "../conformance/webhook-server.ts";
import type { HttpClient } from "../integration/front/http-client.ts";
import { AttackedCluster, send } from "./attacked-cluster.ts";
import { type Attack, expectRefusal } from "./refusal.ts";

const IN = "/api/v1/namespaces/default";
const ADMISSION = "admissionregistration.k8s.io/v1";

interface ImageReview {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
}

const stack = new AsyncDisposableStack();
let cluster: AttackedCluster;
let admin: HttpClient;
let n1: HttpClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => inner.listen(0, "127.0.0.1", resolve));
  stack.defer(() => void inner.close());
  const webhook = stack.use(await startWebhookServer("/images", judgeImages));
  const directory = await mkdtemp(join(tmpdir(), "kubelith-attack-"));
  stack.defer(() => rm(directory, { recursive: true }));
  const kubeConfigFile = join(directory, "images.yaml");
  await writeFile(kubeConfigFile, webhookKubeconfig(webhook));
  const admissionControlConfigFile = join(directory, "admission.json");
  const imagePolicy = { kubeConfigFile, allowTTL: 30, denyTTL: 30, retryBackoff: 1, defaultAllow: false };
  const plugins = [{ name: "ImagePolicyWebhook", configuration: { imagePolicy } }];
  const configuration = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AdmissionConfiguration", plugins };
  await writeFile(admissionControlConfigFile, JSON.stringify(configuration));
  const enableAdmissionPlugins = ["ImagePolicyWebhook"];
  cluster = stack.use(await AttackedCluster.start({ admissionControlConfigFile, enableAdmissionPlugins }));
  admin = await cluster.as("system:admin", "system:masters");
  n1 = await cluster.asNode("n1");
  await cluster.client.create("Node", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { "example.com/zone": "a" } },
    spec: {},
    status: { capacity: { "example.com/gpu": "1" } },
  });
  await keepNodes();
  await send(admin, `POST ${IN}/serviceaccounts`, { metadata: { name: "default" } });
  const spec = { automountServiceAccountToken: false, containers: [{ name: "c", image: "good" }] };
  for (const name of ["ready", "debugged"])
    await send(admin, `POST ${IN}/pods`, aPod(name, { namespace: "default", spec }));
});
afterAll(() => stack.disposeAsync());

const ALLOWED = { status: { allowed: true } };

/** Allows everything, and is open to the API server's host alone. */
const heard: string[] = [];
const inner = createServer((request, response) => {
  heard.push(request.url ?? "");
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(ALLOWED));
});

function judgeImages(review: ImageReview): object {
  const { containers } = review.spec;
  const { port } = inner.address() as AddressInfo;
  if (containers.some(({ image }) => image.startsWith("moved")))
    return Response.json(ALLOWED, {
      status: 307,
      headers: { location: `http://127.0.0.1:${String(port)}/` },
    });
  return { ...review, status: { allowed: containers.every(({ image }) => !image.startsWith("evil")) } };
}

/** A policy that goes by what was there before. */
async function keepNodes(): Promise<void> {
  const validations = [
    {
      expression:
        "object.metadata.labels[?'example.com/zone'] == oldObject.metadata.labels[?'example.com/zone']",
      message: "a node stays in its zone",
    },
    {
      expression:
        "object.status.capacity[?'example.com/gpu'] == oldObject.status.capacity[?'example.com/gpu']",
      message: "a node keeps its devices",
    },
  ];
  const rule = {
    apiGroups: [""],
    apiVersions: ["v1"],
    resources: ["nodes", "nodes/status"],
    operations: ["UPDATE" as const],
  };
  await cluster.client.create("ValidatingAdmissionPolicy", {
    apiVersion: ADMISSION,
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "nodes" },
    spec: { matchConstraints: { resourceRules: [rule] }, validations },
  });
  await cluster.client.create("ValidatingAdmissionPolicyBinding", {
    apiVersion: ADMISSION,
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "nodes" },
    spec: { policyName: "nodes", validationActions: ["Deny"] },
  });
}

const container = (image: string) => ({ name: "d", image });

test("what is allowed: other labels of a node, other amounts, and good images", async () => {
  const labels = { metadata: { labels: { "example.com/a": "b" } } };
  expect((await send(n1, "PATCH /api/v1/nodes/n1", labels)).code).toBe(200);
  const status = { status: { capacity: { pods: "7" } } };
  expect((await send(n1, "PATCH /api/v1/nodes/n1/status", status)).code).toBe(200);
  const debugging = { spec: { ephemeralContainers: [{ name: "e", image: "good" }] } };
  expect((await send(admin, `PATCH ${IN}/pods/debugged/ephemeralcontainers`, debugging)).code).toBe(200);
});

// CVE-2021-25735
describe("a policy that goes by what was there before is not passed by", () => {
  const attacks: Attack[] = [
    {
      name: "another label of a Node",
      what: "PATCH /api/v1/nodes/n1",
      body: () => ({ metadata: { labels: { "example.com/zone": "b" } } }),
      code: 422,
      why: "a node stays in its zone",
    },
    {
      name: "another label of a Node, by its status",
      what: "PATCH /api/v1/nodes/n1/status",
      body: () => ({ metadata: { labels: { "example.com/zone": "b" } } }),
      code: 422,
      why: "a node stays in its zone",
    },
    {
      name: "other devices of a Node",
      what: "PATCH /api/v1/nodes/n1/status",
      body: () => ({ status: { capacity: { "example.com/gpu": "8" } } }),
      code: 422,
      why: "a node keeps its devices",
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(n1, attack));
});

describe("a webhook that judges images is not passed by", () => {
  const WHY = "one or more images rejected by webhook backend";
  const pod = (name: string, spec: object) => ({ metadata: { name }, spec });
  const good = [{ name: "c", image: "good" }];
  const attacks: Attack[] = [
    {
      name: "a pod",
      what: `POST ${IN}/pods`,
      body: () => pod("a", { containers: [container("evil")] }),
      why: WHY,
    },
    {
      name: "the start of a pod",
      what: `POST ${IN}/pods`,
      body: () => pod("a", { initContainers: [container("evil")], containers: good }),
      why: WHY,
    },
    {
      name: "another image of a pod",
      what: `PATCH ${IN}/pods/ready`,
      body: () => ({ spec: { containers: [{ name: "c", image: "evil-too" }] } }),
      why: WHY,
    },
    // CVE-2023-2727
    {
      name: "debugging a pod",
      what: `PATCH ${IN}/pods/ready/ephemeralcontainers`,
      body: () => ({ spec: { ephemeralContainers: [container("evil")] } }),
      why: WHY,
    },
  ];
  test.each(attacks)("$name", (attack) => expectRefusal(admin, attack));
});

// CVE-2020-8561
test("the API server neither asks somebody else nor believes a webhook that sends it there", async () => {
  const body = () => ({ metadata: { name: "a" }, spec: { containers: [container("moved")] } });
  await expectRefusal(admin, { what: `POST ${IN}/pods`, body, why: "forbidden" });
  expect(heard).toEqual([]);
});
