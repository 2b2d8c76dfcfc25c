import { expect, test } from "bun:test";
import { internalError } from "#apimachinery/status-error.ts";
import { admit, anAdmissionEnvironment, anAdmissionRequest } from "#testing/admission.ts";
import { FakeClock } from "#testing/fake-clock.ts";
import { aPod } from "#testing/objects.ts";
import type { ImagePolicy } from "./image-policy.ts";
import { imagePolicyWebhook } from "./image-policy-webhook.ts";

const POLICY: ImagePolicy = {
  kubeConfigFile: "/x",
  allowTtlMs: 60_000,
  denyTtlMs: 10_000,
  retryBackoffMs: 100,
  defaultAllow: false,
};

type Answer = object | Error;

class FakeBackend {
  readonly reviews: object[] = [];
  readonly #answers: Answer[];

  constructor(...answers: readonly Answer[]) {
    this.#answers = [...answers];
  }

  post(review: object): Promise<object> {
    this.reviews.push(review);
    const answer = this.#answers.length > 1 ? this.#answers.shift() : this.#answers[0];
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve({ status: answer });
  }
}

const pod = (image: string) => {
  const object = aPod("a", { spec: { containers: [{ name: "c", image }] } });
  const annotations = { "mine.image-policy.k8s.io/ticket": "1", other: "2" };
  return { ...object, metadata: { ...object.metadata, annotations } };
};

function start(backend: FakeBackend, policy: Partial<ImagePolicy> = {}) {
  const clock = new FakeClock();
  const plugin = imagePolicyWebhook({ ...POLICY, ...policy }, { webhook: backend, clock });
  const environment = anAdmissionEnvironment([], { clock });
  const annotations: string[] = [];
  const ask = async (image = "nginx"): Promise<string> => {
    const request = anAdmissionRequest("CREATE pods default/a", {
      object: pod(image),
      annotate: (key, value) => annotations.push(`${key}=${value}`),
    });
    const outcome = await admit(plugin, request, environment);
    return typeof outcome === "string" ? outcome : "admitted";
  };
  return { ask, clock, annotations };
}

const denied = (why: string): string => `pods "a" is forbidden: ${why}`;

test("a webhook is asked about the images of a pod, and may have its words recorded", async () => {
  const backend = new FakeBackend({ allowed: true, auditAnnotations: { ticket: "1" } });
  const { ask, annotations } = start(backend);
  expect(await ask()).toBe("admitted");
  expect(backend.reviews[0]).toMatchObject({
    kind: "ImageReview",
    apiVersion: "imagepolicy.k8s.io/v1alpha1",
    spec: {
      containers: [{ image: "nginx" }],
      annotations: { "mine.image-policy.k8s.io/ticket": "1" },
      namespace: "default",
    },
  });
  expect(annotations).toEqual(["imagepolicywebhook.image-policy.k8s.io/ticket=1"]);
});

test.each<[Answer, string]>([
  [
    { allowed: false, reason: "no tags" },
    denied("image policy webhook backend denied one or more images: no tags"),
  ],
  [{ allowed: false }, denied("one or more images rejected by webhook backend")],
  [{}, denied("one or more images rejected by webhook backend")],
])("a webhook that says %j", async (answer, want) => {
  expect(await start(new FakeBackend(answer)).ask()).toBe(want);
});

test("an answer is good for as long as is configured", async () => {
  const backend = new FakeBackend({ allowed: true }, { allowed: false });
  const { ask, clock } = start(backend);
  expect([await ask(), await ask()]).toEqual(["admitted", "admitted"]);
  expect(backend.reviews).toHaveLength(1);
  await clock.advance(60_000);
  expect(await ask()).toContain("rejected");
  expect(await ask("other")).toContain("rejected");
  expect(backend.reviews).toHaveLength(3);
});

test.each<[boolean, string, readonly string[]]>([
  [false, denied("connection refused"), []],
  [true, "admitted", ["imagepolicywebhook.image-policy.k8s.io/failed-open=true"]],
])(
  "where nobody answers, it counts whether pods are admitted by default: %p",
  async (defaultAllow, want, recorded) => {
    const backend = new FakeBackend(new Error("connection refused"));
    const { ask, annotations } = start(backend, { defaultAllow });
    expect(await ask()).toBe(want);
    expect(backend.reviews).toHaveLength(1);
    expect(annotations).toEqual([...recorded]);
  },
);

test("a failure that may pass is no answer yet", async () => {
  const backend = new FakeBackend(internalError("busy"), { allowed: true });
  const { ask, clock } = start(backend);
  const asked = ask();
  await clock.advance(100);
  expect(await asked).toBe("admitted");
  expect(backend.reviews).toHaveLength(2);
});
